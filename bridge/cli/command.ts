/**
 * What a command is: a row of the table in commands.ts, in a file of its own. It says what it takes and returns what it has to say;
 * arguments, help, languages, JSON and exit codes are the same for all.
 */
import type { DatabaseSettings } from '../config.ts'
import type { Database } from '../store/database.ts'
import type { Language, Text } from './language.ts'
import type { Platform } from './open-platform.ts'

export interface CommandOption {
  type: 'string' | 'boolean'
  about: Text
  /** Shown for the value in the help; for options of type `string`. */
  value?: string
}

export interface Operand {
  /** As in the help, e.g. `ID`. */
  name: string
  about: Text
  /** One, or one and more. */
  isMany: boolean
  /** How many there must be; 1 by default. */
  min?: number
  /** How many there may be; default: 1, or any number when it is many. */
  max?: number
}

export interface Command {
  /** What is typed, e.g. `['parked', 'list']`. */
  path: readonly string[]
  about: Text
  operand?: Operand
  options?: Readonly<Record<string, CommandOption>>
  run(call: Call): Promise<Output>
}

export interface Call {
  operands: readonly string[]
  options: Readonly<Record<string, string | boolean | undefined>>
  /** The text in the language of this run. */
  say: (text: Text) => string
  /** The database that the settings name, migrated; closed after the run. Rejects when it is not there. */
  database: () => Promise<Database>
  /** Where that database is, for a command that opens it in a way of its own. Throws `config.invalid`. */
  databaseSettings: () => DatabaseSettings
  /** The platform by the settings, its token shared with the running bridge through the database. */
  platform: () => Promise<Platform>
  /** The settings as they were given, for a command that looks at wrong ones, too. */
  env: Readonly<Record<string, string | undefined>>
  /** The global one but for tests. */
  fetch: typeof fetch
  /** Says on a terminal what takes longer than a second. */
  progress: Progress
  /** Runs what must not be left half done: Ctrl-C aborts the signal instead of ending the process, and the run rejects with its reason. */
  interruptible: Interruptible
  language: Language
  /** Writes beside the output, at once: what a command says while it works. */
  write: (text: string) => void
  /** Whether there is a person to ask: input and output are a terminal. */
  isInteractive: boolean
  /** Whether the text goes to a terminal with colours. */
  isColoured: boolean
}

export type Interruptible = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>

export type Progress = <T>(what: Text, work: Promise<T>) => Promise<T>

export interface Output {
  /** For `--json`. */
  json: unknown
  /** For people; may have many lines. */
  text: string
  /** What was asked for could not be done, or not all of it: exit code 1. */
  isFailure?: boolean
}
