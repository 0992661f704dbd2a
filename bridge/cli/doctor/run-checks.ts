/** Runs checks beside each other, each under its own deadline. A check that fails itself is one more finding. */
import { isAppError } from '../../../shared/app-error.ts'
import type { Language, Text } from '../language.ts'
import { printable } from '../printable.ts'
import type { Check, FindingText, Found, Level, Values } from './check.ts'
import type { Installation } from './installation.ts'

export interface Finding {
  /** E.g. `edge.secret-wrong`. */
  code: string
  level: Level
  says: Text
  todo: Text | undefined
  values: Values
}

export interface Result {
  check: string
  about: Text
  findings: readonly Finding[]
}

/** What any check may come to. */
export const COMMON_FINDINGS = {
  'no-answer': {
    level: 'failure',
    says: { zh: '检查了 {seconds} 秒还没有结果', en: 'no result after {seconds} s' },
    todo: {
      zh: '再运行一次；一直这样，检查网络和那一端的负载',
      en: 'run it again; if it stays, look at the network and the load over there',
    },
  },
  unexpected: {
    level: 'failure',
    says: { zh: '检查本身出错（{error}）', en: 'the check itself failed ({error})' },
    todo: { zh: '这是程序的问题，请带上这一行报告', en: 'the program is to blame: report it with this line' },
  },
} as const satisfies Record<string, FindingText>

/** In the order of `checks`. Never rejects. */
export function runChecks(checks: readonly Check[], installation: Installation): Promise<Result[]> {
  return Promise.all(
    checks.map(async (check) => {
      const found = await runCheck(check, installation)
      return { check: check.name, about: check.about, findings: found.map((one) => toFinding(check, one)) }
    }),
  )
}

async function runCheck(check: Check, installation: Installation): Promise<readonly Found[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly Found[]>()
  const stop = new AbortController()
  const timer = setTimeout(() => {
    stop.abort()
    resolve([{ key: 'no-answer', values: { seconds: check.deadlineMs / 1000 } }])
  }, check.deadlineMs)
  try {
    return await Promise.race([check.run(installation, stop.signal), late])
  } catch (error) {
    // Of what is not ours only the name is kept: its words may quote a secret.
    const name = isAppError(error) ? error.code : error instanceof Error ? error.name : 'unknown'
    return [{ key: 'unexpected', values: { error: name } }]
  } finally {
    clearTimeout(timer)
  }
}

function toFinding({ name, findings }: Check, { key, values = {} }: Found): Finding {
  const text = { ...COMMON_FINDINGS, ...findings }[key]
  if (text === undefined) throw new Error(`the check ${name} found ${key}, which it does not explain`)
  return {
    code: `${name}.${key}`,
    level: text.level,
    says: fill(text.says, values),
    todo: text.todo && fill(text.todo, values),
    values,
  }
}

function fill({ zh, en }: Text, values: Values): Text {
  const put = (text: string, language: Language) =>
    text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      if (value === undefined) return whole
      return printable(typeof value === 'object' ? value[language] : String(value))
    })
  return { zh: put(zh, 'zh'), en: put(en, 'en') }
}
