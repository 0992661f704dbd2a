/**
 * Structured log lines of the Worker: JSON with a level, a constant dotted name and fields that are safe to keep. Never
 * a body, echostr, key, query string or customer's word.
 */
export type LogFields = Readonly<Record<string, string | number | boolean>>

export interface Logger {
  info(name: string, fields?: LogFields): void
  warn(name: string, fields?: LogFields): void
  error(name: string, fields?: LogFields): void
}

export const logger: Logger = {
  info: (name, fields) => write('info', name, fields),
  warn: (name, fields) => write('warn', name, fields),
  error: (name, fields) => write('error', name, fields),
}

function write(level: 'info' | 'warn' | 'error', name: string, fields: LogFields = {}): void {
  // biome-ignore lint/suspicious/noConsole: the one place of the Worker that writes; the runtime's log is its console
  console[level](JSON.stringify({ level, name, ...fields }))
}
