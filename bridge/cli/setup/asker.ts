/** How the setup talks: with a person at a terminal, or with a file of answers. What it does in between is the same for both. */
import type { Text } from '../language.ts'

export interface Choice<Value extends string> {
  value: Value
  label: Text
}

export interface TextOptions {
  /** Taken when nothing else is answered. */
  initial?: string | undefined
  /** Not shown while it is typed. */
  isSecret?: boolean
  /** What is wrong with it; undefined: nothing. */
  check?: (value: string) => Text | undefined
}

export type Mark = 'ok' | 'info' | 'warning' | 'failure'

/** `key` names the answer in a file. Each rejects with `setup.stopped` when the person gives up, and with `cli.usage` for a wrong answer of a file. */
export interface Asker {
  /** Whether asking again can bring another answer. */
  canAskAgain: boolean
  choose<Value extends string>(
    key: string,
    question: Text,
    options: { choices: readonly Choice<Value>[]; initial?: Value | undefined },
  ): Promise<Value>
  text(key: string, question: Text, options?: TextOptions): Promise<string>
  confirm(key: string, question: Text, options: { initial: boolean }): Promise<boolean>
  /** Lines to copy from. */
  show(title: Text, lines: readonly string[]): void
  tell(mark: Mark, text: Text): void
  /** Says what is waited for while `work` runs. `update` changes what is said. */
  wait<T>(what: Text, work: (tools: { update: (text: Text) => void; signal: AbortSignal }) => Promise<T>): Promise<T>
}
