/**
 * config.ts says what is wrong in both languages at once, since a start knows of none: a head, and a line `NAME 中文 · English` for each
 * fault. The command line knows which one is read.
 */
import type { Text } from './language.ts'

const BETWEEN = ' · '

/** One line of it. */
export function describeSettingFault(line: string): Text {
  const [, name = '', zh = '', en = ''] = /^(\S+) (.*?) · (.*)$/.exec(line) ?? []
  return name === '' ? { zh: line, en: line } : { zh: `${name} ${zh}`, en: `${name} ${en}` }
}

/** The whole message of `config.invalid`. */
export function describeSettingFaults(message: string): Text {
  const [head = '', ...lines] = message.split('\n')
  const [zh = head, en = head] = head.split(BETWEEN)
  const faults = lines.map((line) => describeSettingFault(line.trim()))
  const join = (first: string, rest: readonly string[]) => [first.replace(/[:：]$/, ''), ...rest].join('\n  ')
  return {
    zh: join(
      zh,
      faults.map((fault) => fault.zh),
    ),
    en: join(
      en,
      faults.map((fault) => fault.en),
    ),
  }
}
