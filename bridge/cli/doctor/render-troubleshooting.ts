/**
 * docs/troubleshooting from the doctor's own table, so that neither knows of what the other does not. A test holds the files against this;
 * `node bridge/cli/doctor/render-troubleshooting.ts` writes them anew.
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Language, Text } from '../language.ts'
import type { FindingText } from './check.ts'
import { CHECKS } from './checks.ts'
import { COMMON_FINDINGS } from './run-checks.ts'
import { SYMPTOMS, type Symptom } from './symptoms.ts'

export const DOCUMENTS: Readonly<Record<Language, string>> = {
  en: 'docs/troubleshooting.md',
  zh: 'docs/troubleshooting.zh-CN.md',
}

const WORDS = {
  title: { zh: '遇到问题', en: 'Troubleshooting' },
  other: { zh: '[English](troubleshooting.md)', en: '[中文](troubleshooting.zh-CN.md)' },
  intro: {
    zh: '先运行这一条：它检查整条链路，每处问题一行，写明原因和办法，行尾方括号里是下表的代号。没有要修的时退出码是 0，否则是 1；加 `--json` 给程序读。',
    en: 'Run this first. It looks at every link of the chain and has a line for each fault, with why and what to do; the code in brackets is the one in the tables below. It ends with 0 when nothing is to be mended, else with 1; `--json` is for programs.',
  },
  code: { zh: '代号', en: 'Code' },
  shown: { zh: '看到', en: 'What is shown' },
  means: { zh: '是什么意思', en: 'What it means' },
  todo: { zh: '怎么办', en: 'What to do' },
  any: { zh: '诊断本身', en: 'The doctor itself' },
  anyIntro: {
    zh: '每项检查都可能得到这两个结果，代号以那一项的名字开头。',
    en: 'Any check may come to these; the code begins with its name.',
  },
} as const satisfies Record<string, Text>

/** Every finding that asks for something, by its code. */
export const FAULTS: ReadonlyMap<string, FindingText> = new Map(
  CHECKS.flatMap(({ name, findings }) =>
    Object.entries(findings)
      .filter(([, { level }]) => level === 'warning' || level === 'failure')
      .map(([key, finding]) => [`${name}.${key}`, finding] as const),
  ),
)

/** The codes that a symptom stands for: those that it names, and for `edge.*` all that are named nowhere. */
export function codesOf({ codes }: Symptom): string[] {
  const named = new Set(SYMPTOMS.flatMap((symptom) => symptom.codes))
  return codes.flatMap((code) => {
    if (!code.endsWith('.*')) return [code]
    return [...FAULTS.keys()].filter((one) => one.startsWith(code.slice(0, -1)) && !named.has(one))
  })
}

export function renderTroubleshooting(language: Language): string {
  const say = (text: Text) => text[language]
  const table = (head: Text, rows: readonly (readonly [string, Text, Text | undefined])[]) => [
    `| ${[head, WORDS.means, WORDS.todo].map(say).join(' | ')} |`,
    '|---|---|---|',
    ...rows.map(
      ([code, means, todo]) => `| ${[`\`${code}\``, toCell(say(means)), toCell(todo ? say(todo) : '')].join(' | ')} |`,
    ),
  ]
  const sections = SYMPTOMS.flatMap((symptom) => {
    const { title, intro, words = [] } = symptom
    const rows = codesOf(symptom).flatMap((code) => {
      const finding = FAULTS.get(code)
      return finding === undefined ? [] : [[code, finding.says, finding.todo] as const]
    })
    return [
      `## ${say(title)}`,
      '',
      ...(intro === undefined ? [] : [say(intro), '']),
      ...table(WORDS.code, rows),
      '',
      ...(words.length === 0
        ? []
        : [
            ...table(
              WORDS.shown,
              words.map(({ shown, means, todo }) => [shown, means, todo]),
            ),
            '',
          ]),
    ]
  })
  const common = Object.entries(COMMON_FINDINGS).map(([key, { says, todo }]) => [`*.${key}`, says, todo] as const)
  return [
    `# ${say(WORDS.title)}`,
    '',
    say(WORDS.other),
    '',
    say(WORDS.intro),
    '',
    '```sh',
    'npm run doctor',
    '```',
    '',
    ...sections,
    `## ${say(WORDS.any)}`,
    '',
    say(WORDS.anyIntro),
    '',
    ...table(WORDS.code, common),
    '',
  ].join('\n')
}

/** Values are not known here, and a bar would end the cell. */
function toCell(text: string): string {
  return text
    .replaceAll('{more}', '')
    .replaceAll(/\{\w+\}/g, '…')
    .replaceAll('|', '\\|')
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../../..')
  for (const language of ['en', 'zh'] as const)
    writeFileSync(join(root, DOCUMENTS[language]), renderTroubleshooting(language))
}
