/**
 * Structured logs: a constant dotted name plus fields. Lines for people in a terminal, JSON elsewhere. Never a customer's
 * words, a secret or a full URL.
 */
import { pino } from 'pino'
import pretty from 'pino-pretty'
import { isAppError } from '../shared/app-error.ts'

export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(name: string, fields?: LogFields): void
  info(name: string, fields?: LogFields): void
  warn(name: string, fields?: LogFields): void
  error(name: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger
}

export interface LoggerOptions {
  level: string
  /** Coloured lines, by the clock on the wall, instead of JSON. */
  pretty: boolean
}

export function createLogger({ level, pretty: isPretty }: LoggerOptions): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const stream = isPretty
    ? pretty({ colorize: true, singleLine: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    : undefined
  return wrap(stream === undefined ? pino(options) : pino(options, stream))
}

function wrap(sink: ReturnType<typeof pino>): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (name: string, fields: LogFields = {}) =>
      sink[level](describeErrors(fields), name)
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(sink.child(fields)),
  }
}

/**
 * An `AppError` is ours and logs its message and details. What any other error says may quote what was being worked on, so of
 * it only the name, the code and the place are kept.
 */
function describeErrors(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (value instanceof Error) return [key, describeError(value)]
      // Anything can be thrown; of ours a bare code is the only thing that is no Error.
      return [key, key === 'error' && !isCode(value) ? `a thrown ${typeof value}` : value]
    }),
  )
}

const isCode = (value: unknown) => typeof value === 'string' && /^[a-z][a-z0-9_.-]{0,60}$/i.test(value)

/** As V8 writes them; the message, which stands before them, may have lines and slashes of its own. */
const FRAME = /^ {4}at .*\/\S+:\d+:\d+\)?$/

function describeError(error: Error): LogFields {
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {}
  if (isAppError(error)) return { code: error.code, message: error.message, ...error.details, ...cause }
  const code = (error as NodeJS.ErrnoException).code
  const lines = error.stack?.split('\n').slice(error.message.split('\n').length) ?? []
  const at = lines.find((line) => FRAME.test(line))?.trim()
  return { name: error.name, ...(code === undefined ? {} : { code }), ...(at === undefined ? {} : { at }), ...cause }
}
