/** From what was typed to a command with its options and operands, or to the level that help is wanted of. */
import { parseArgs } from 'node:util'
import type { Command, CommandOption } from './command.ts'
import type { Text } from './language.ts'
import { printable } from './printable.ts'
import { toUsage } from './render-help.ts'
import { usageError } from './usage-error.ts'

export type Found =
  | { kind: 'command'; command: Command; operands: string[]; options: Record<string, string | boolean | undefined> }
  | { kind: 'help'; command: Command }
  | { kind: 'group-help'; path: readonly string[]; commands: readonly Command[]; isWanted: boolean }

export interface FindOptions {
  commands: readonly Command[]
  /** Options that every command has. */
  common: Readonly<Record<string, CommandOption>>
  say: (text: Text) => string
}

type Options = Record<string, { type: 'string' | 'boolean'; short?: string }>

/** Throws `cli.usage`. */
export function findCommand(argv: readonly string[], { commands, common, say }: FindOptions): Found {
  const every = toOptions(common, ...commands.map((command) => command.options ?? {}))
  const loose = parseArgs({ args: [...argv], options: every, allowPositionals: true, strict: false })
  const words = loose.positionals
  const isHelp = loose.values.help === true

  const command = commands.find(({ path }) => path.every((word, index) => words[index] === word))
  if (command === undefined) {
    const path = longestGroup(words, commands)
    const isUnknown = (path.length === 0 && words.length > 0) || (path.length < words.length && !isHelp)
    if (isUnknown) throw usageError(say(unknownCommand(words.join(' '))))
    return { kind: 'group-help', path, commands: commands.filter(isIn(path)), isWanted: isHelp }
  }
  if (isHelp) return { kind: 'help', command }

  const { values, positionals } = parseStrictly(argv, toOptions(common, command.options ?? {}), say)
  const operands = positionals.slice(command.path.length)
  checkOperands(command, operands, say)
  return { kind: 'command', command, operands, options: values }
}

const isIn =
  (path: readonly string[]) =>
  (command: Command): boolean =>
    path.every((word, index) => command.path[index] === word)

/** As many of the words as lead to a command. */
function longestGroup(words: readonly string[], commands: readonly Command[]): string[] {
  const length = words.findLastIndex((_, index) => commands.some(isIn(words.slice(0, index + 1)))) + 1
  return words.slice(0, length)
}

function toOptions(...tables: Readonly<Record<string, CommandOption>>[]): Options {
  const entries = tables.flatMap((table) => Object.entries(table)).map(([name, { type }]) => [name, { type }])
  return { ...Object.fromEntries(entries), help: { type: 'boolean', short: 'h' } }
}

function parseStrictly(argv: readonly string[], options: Options, say: FindOptions['say']) {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch (error) {
    const { message } = error as Error
    throw usageError(say({ zh: `选项有误：${printable(message)}`, en: printable(message) }))
  }
}

function checkOperands(command: Command, operands: readonly string[], say: FindOptions['say']): void {
  const { operand } = command
  const most = operand === undefined ? 0 : (operand.max ?? (operand.isMany ? Number.POSITIVE_INFINITY : 1))
  if (operands.length > most) {
    const extra = printable(operands.slice(most).join(' '))
    throw usageError(
      say({
        zh: `多余的参数：${extra}。用法：${toUsage(command)}`,
        en: `too many: ${extra}. Usage: ${toUsage(command)}`,
      }),
    )
  }
  if (operand !== undefined && operands.length < (operand.min ?? 1)) {
    throw usageError(
      say({
        zh: `缺少 ${operand.name}。用法：${toUsage(command)}`,
        en: `${operand.name} is missing. Usage: ${toUsage(command)}`,
      }),
    )
  }
}

function unknownCommand(typed: string): Text {
  return {
    zh: `没有这个命令：${printable(typed)}。查看所有命令：npm run kefu -- --help`,
    en: `there is no command ${printable(typed)}. For all commands: npm run kefu -- --help`,
  }
}
