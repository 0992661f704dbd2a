/** One line for each finding, and under it what to do. */
import type { Text } from '../language.ts'
import type { Level } from './check.ts'
import type { Result } from './run-checks.ts'

const MARKS: Readonly<Record<Level, { sign: string; colour: number }>> = {
  ok: { sign: '✓', colour: 32 },
  skipped: { sign: '–', colour: 90 },
  warning: { sign: '!', colour: 33 },
  failure: { sign: '✗', colour: 31 },
}

export interface RenderOptions {
  say: (text: Text) => string
  isColoured: boolean
}

export function renderResults(results: readonly Result[], { say, isColoured }: RenderOptions): string {
  const mark = (level: Level) => {
    const { sign, colour } = MARKS[level]
    return isColoured ? `\u001b[${colour}m${sign}\u001b[39m` : sign
  }
  const lines = results.flatMap(({ about, findings }) =>
    findings.flatMap(({ code, level, says, todo }, index) => [
      `${mark(level)} ${say(about)}  ${say(says)}${isFault(level) ? `  [${code}]` : ''}`,
      // Several faults in a row that are mended alike need to hear it once.
      ...(todo === undefined || findings[index + 1]?.todo?.en === todo.en
        ? []
        : [`    ${say({ zh: '怎么办：', en: 'What to do: ' })}${say(todo)}`]),
    ]),
  )
  return [...lines, '', summarize(results, say)].join('\n')
}

function isFault(level: Level): boolean {
  return level === 'warning' || level === 'failure'
}

function summarize(results: readonly Result[], say: RenderOptions['say']): string {
  const count = (level: Level) =>
    results.flatMap(({ findings }) => findings).filter((one) => one.level === level).length
  const [failures, warnings] = [count('failure'), count('warning')]
  if (failures > 0) {
    return say({
      zh: `${failures} 处要修，${warnings} 处提醒。改好后再运行 npm run doctor。`,
      en: `${failures} to mend, ${warnings} to look at. Then run npm run doctor again.`,
    })
  }
  return warnings > 0
    ? say({ zh: `没有要修的，${warnings} 处提醒。`, en: `Nothing to mend, ${warnings} to look at.` })
    : say({ zh: '一切正常。', en: 'All is well.' })
}
