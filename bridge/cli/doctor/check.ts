/**
 * What a check of the doctor is: a row of the table in checks.ts, in a file of its own. It looks at one link of the chain and names what it
 * finds by a key; what each key means and what to do about it stands beside it, for people and for docs/troubleshooting.
 */
import type { Text } from '../language.ts'
import type { Installation } from './installation.ts'

/** `skipped`: not looked at, and nothing wrong with that. */
export type Level = 'ok' | 'skipped' | 'warning' | 'failure'

/** `{name}` stands for a value. */
export interface FindingText {
  level: Level
  says: Text
  /** Left out where there is nothing to do. */
  todo?: Text
}

/** What stands for `{name}`; a text where it is a sentence of its own. */
export type Values = Readonly<Record<string, string | number | Text>>

export interface Found<Key extends string = string> {
  key: Key
  values?: Values
}

export interface Check {
  /** First part of the codes, e.g. `edge` of `edge.secret-wrong`. */
  name: string
  about: Text
  deadlineMs: number
  findings: Readonly<Record<string, FindingText>>
  /** May reject, and may overrun its deadline: both are told as findings of their own. */
  run(installation: Installation, signal: AbortSignal): Promise<readonly Found[]>
}

interface CheckDefinition<Key extends string> extends Omit<Check, 'findings' | 'run'> {
  findings: Readonly<Record<Key, FindingText>>
  run(installation: Installation, signal: AbortSignal): Promise<readonly Found<NoInfer<Key>>[]>
}

/** Lets a check name nothing but what it explains. */
export function defineCheck<Key extends string>(check: CheckDefinition<Key>): Check {
  return check
}
