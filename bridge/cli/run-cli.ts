/**
 * One run of the command line, from its arguments to an exit code: 0 done, 1 not done, 2 wrong usage or settings. What was asked for
 * goes to stdout, faults to stderr; with `--json` both are one JSON document.
 */
import { existsSync } from 'node:fs'
import { isAppError } from '../../shared/app-error.ts'
import { parseDatabaseSettings, parsePlatformSettings } from '../config.ts'
import type { Database } from '../store/database.ts'
import type { Call, CommandOption, Output } from './command.ts'
import { COMMANDS, GROUPS, PROGRAM } from './commands.ts'
import { createInterruptible, type OnInterrupt } from './create-interruptible.ts'
import { createProgress } from './create-progress.ts'
import { describePlatformFault } from './describe-platform-fault.ts'
import { describeSettingFaults } from './describe-setting-fault.ts'
import { describeStoreFault } from './describe-store-fault.ts'
import { findCommand } from './find-command.ts'
import { isLanguage, type Language, localeLanguage, type Text } from './language.ts'
import { openExistingDatabase } from './open-existing-database.ts'
import { openPlatform } from './open-platform.ts'
import { printable } from './printable.ts'
import { readEnvFile } from './read-env-file.ts'
import { renderCommandHelp, renderGroupHelp } from './render-help.ts'
import { usageError } from './usage-error.ts'

export interface CliDeps {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  /** Each gets whole texts, with their line break. */
  stdout: (text: string) => void
  stderr: (text: string) => void
  /** Whether stderr is one: what takes long is said there. Default: no. */
  isTerminal?: boolean
  /** Whether stdout is a terminal with colours. Default: no. */
  isColoured?: boolean
  /** Whether a person can be asked. Default: no. */
  isInteractive?: boolean
  /** How Ctrl-C is heard of; by default it is not. */
  onInterrupt?: OnInterrupt
  /** Read for what `env` lacks, unless `--env` names another one. Need not be there. Default: none. */
  envFile?: string
  fetch?: typeof fetch
}

const COMMON: Readonly<Record<string, CommandOption>> = {
  json: {
    type: 'boolean',
    about: { zh: '以 JSON 输出；用于管道时请用 npm run -s kefu', en: 'print JSON; for a pipe, use npm run -s kefu' },
  },
  lang: {
    type: 'string',
    value: 'zh|en',
    about: { zh: '语言，默认按 KEFU_LANG 或 LANG', en: 'language; by KEFU_LANG or LANG if not given' },
  },
  env: {
    type: 'string',
    value: 'FILE',
    about: { zh: '从这个文件读设置，默认 .env', en: 'read the settings from this file; .env if not given' },
  },
  help: { type: 'boolean', about: { zh: '显示帮助', en: 'show this help' } },
}

const USAGE_CODES = new Set(['cli.usage', 'config.invalid', 'cli.limit'])

/** Resolves to the exit code; never rejects. */
export async function runCli(deps: CliDeps): Promise<number> {
  const { argv, stdout, stderr } = deps
  let env = deps.env
  const isJson = argv.includes('--json')
  const language = findLanguage(argv) ?? localeLanguage(env)
  const say = (text: Text) => text[language]
  const opened: Database[] = []
  const databaseSettings = () => parseDatabaseSettings(env)
  const database = async () => {
    const one = await openExistingDatabase(databaseSettings(), say)
    opened.push(one)
    return one
  }
  const platform = async () =>
    openPlatform({ settings: parsePlatformSettings(env), database: await database(), fetch: deps.fetch })
  const progress = createProgress({ say, write: stderr, isShown: deps.isTerminal === true && !isJson })
  const interruptible = createInterruptible({ say, onInterrupt: deps.onInterrupt })
  try {
    env = await readSettings(deps, say)
    const isColoured = deps.isColoured === true
    const output = await perform(argv, {
      say,
      env,
      fetch: deps.fetch ?? fetch,
      database,
      databaseSettings,
      platform,
      progress,
      interruptible,
      isColoured,
      isInteractive: deps.isInteractive === true && !isJson,
      write: stderr,
      language,
    })
    if ('help' in output) {
      const print = output.isWanted ? stdout : stderr
      print(`${output.help}\n`)
      return output.isWanted ? 0 : 2
    }
    stdout(isJson ? `${JSON.stringify(output.json, undefined, 2)}\n` : `${output.text}\n`)
    return output.isFailure === true ? 1 : 0
  } catch (error) {
    const { code, message, details = {} } = describeFault(error, say)
    stderr(isJson ? `${JSON.stringify({ error: { ...details, code, message } })}\n` : `${message}\n`)
    return USAGE_CODES.has(code) ? 2 : 1
  } finally {
    for (const one of opened) await one.close()
  }
}

type Help = { help: string; isWanted: boolean }

async function perform(argv: readonly string[], tools: Omit<Call, 'operands' | 'options'>): Promise<Output | Help> {
  const { say, language } = tools
  const found = findCommand(argv, { commands: COMMANDS, common: COMMON, say })
  const options = { language, common: COMMON }
  switch (found.kind) {
    case 'group-help': {
      const about = GROUPS[found.path[0] ?? ''] ?? PROGRAM
      return { help: renderGroupHelp(found.path, found.commands, { ...options, about }), isWanted: found.isWanted }
    }
    case 'help':
      return { help: renderCommandHelp(found.command, options), isWanted: true }
    case 'command': {
      const { lang } = found.options
      if (lang !== undefined && !isLanguage(lang)) {
        throw usageError(say({ zh: '--lang 只能是 zh 或 en', en: '--lang must be zh or en' }))
      }
      return found.command.run({ operands: found.operands, options: found.options, ...tools })
    }
  }
}

/** Before anything else is read, so that also what is wrong with the rest is said in it. */
function findLanguage(argv: readonly string[]): Language | undefined {
  const value = findOption(argv, 'lang')
  return isLanguage(value) ? value : undefined
}

function findOption(argv: readonly string[], name: string): string | undefined {
  const index = argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  const word = argv[index] ?? ''
  if (index < 0) return undefined
  return word.includes('=') ? word.slice(name.length + 3) : argv[index + 1]
}

/** A file that is named says more than the environment, one that happens to lie there says less. */
async function readSettings({ argv, env, envFile }: CliDeps, say: Call['say']): Promise<CliDeps['env']> {
  const named = findOption(argv, 'env')
  if (named === undefined) return envFile === undefined ? env : { ...(await readEnvFile(envFile)), ...env }
  if (named === '' || !existsSync(named)) {
    const name = printable(named)
    throw usageError(say({ zh: `--env 的文件不存在：${name}`, en: `there is no file for --env: ${name}` }))
  }
  return { ...env, ...(await readEnvFile(named)) }
}

function describeFault(error: unknown, say: Call['say']): { code: string; message: string; details?: object } {
  if (isAppError(error, 'database.unavailable')) {
    const message = say({
      zh: `数据库现在用不了：${error.message}。请检查后再试。`,
      en: `the database can't be used now: ${error.message}. Check it and try again.`,
    })
    return { code: error.code, message }
  }
  if (isAppError(error) && error.code.startsWith('wecom.')) return describePlatformFault(error, say)
  if (isAppError(error, 'config.invalid')) {
    return { code: error.code, message: say(describeSettingFaults(error.message)), details: error.details }
  }
  if (isAppError(error)) {
    const text = describeStoreFault(error)
    return { code: error.code, message: text === undefined ? error.message : say(text), details: error.details }
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const unexpected = say({ zh: '出错了，这是程序的问题', en: 'failed, and the program is to blame' })
  return { code: 'cli.unexpected', message: `${unexpected}: ${name}: ${printable(message)}` }
}
