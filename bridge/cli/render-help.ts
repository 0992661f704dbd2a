/** The help of every level: all commands, those of a group, one command. */
import type { Command, CommandOption, Operand } from './command.ts'
import type { Language, Text } from './language.ts'
import { renderTable } from './render-table.ts'

const PROGRAM = 'npm run kefu --'

const INDENT = '  '

const TEXT = {
  usage: { zh: '用法：', en: 'Usage: ' },
  commands: { zh: '命令：', en: 'Commands:' },
  options: { zh: '选项：', en: 'Options:' },
  command: { zh: '<命令>', en: '<command>' },
  more: {
    zh: `在任一命令后加 --help 查看其用法，例如：${PROGRAM} parked --help`,
    en: `Add --help to any command for its usage, e.g. ${PROGRAM} parked --help`,
  },
  exit: {
    zh: '退出码：0 成功，1 未能完成，2 用法或设置有误',
    en: 'Exit codes: 0 done, 1 not done or not all of it, 2 wrong usage or settings',
  },
} as const satisfies Record<string, Text>

export interface HelpOptions {
  language: Language
  /** What the group, or the program, is for. */
  about: Text
  /** Options that every command has. */
  common: Readonly<Record<string, CommandOption>>
}

/** Of the program, or of a group when `path` names one. */
export function renderGroupHelp(
  path: readonly string[],
  commands: readonly Command[],
  { language, about, common }: HelpOptions,
): string {
  const rows = commands.map((command) => [toUsage(command), command.about[language]])
  return [
    about[language],
    '',
    `${TEXT.usage[language]}${[PROGRAM, ...path, TEXT.command[language]].join(' ')}`,
    '',
    TEXT.commands[language],
    indentTable(rows),
    '',
    TEXT.options[language],
    indentTable(toOptionRows(common, language)),
    '',
    TEXT.more[language],
    TEXT.exit[language],
  ].join('\n')
}

export function renderCommandHelp(command: Command, { language, common }: Omit<HelpOptions, 'about'>): string {
  const operand = command.operand
  const options = { ...command.options, ...common }
  return [
    command.about[language],
    '',
    `${TEXT.usage[language]}${PROGRAM} ${toUsage(command)}`,
    ...(operand === undefined ? [] : ['', indentTable([[operand.name, operand.about[language]]])]),
    '',
    TEXT.options[language],
    indentTable(toOptionRows(options, language)),
    '',
    TEXT.exit[language],
  ].join('\n')
}

/** As it is typed, e.g. `parked retry ID...`. */
export function toUsage({ path, operand }: Command): string {
  return [...path, ...(operand === undefined ? [] : [toOperandUsage(operand)])].join(' ')
}

function toOperandUsage({ name, isMany, min, max }: Operand): string {
  const names = isMany && max === undefined ? `${name}...` : name
  return min === 0 ? `[${names}]` : names
}

function toOptionRows(options: Readonly<Record<string, CommandOption>>, language: Language): string[][] {
  return Object.entries(options).map(([name, { value, about }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    about[language],
  ])
}

function indentTable([head = [], ...rest]: readonly (readonly string[])[]): string {
  const { columns } = process.stdout
  const options = columns === undefined ? {} : { columns: columns - INDENT.length }
  return renderTable(head, rest, options).replace(/^/gm, INDENT)
}
