import type { LogFields, Logger } from '../../bridge/logger.ts'

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  name: string
  fields: LogFields
}

/** A logger that keeps its lines, for tests that check what an operator is told. */
export function createRecordingLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = []
  const withFields = (base: LogFields): Logger => {
    const at =
      (level: LogLine['level']) =>
      (name: string, fields: LogFields = {}) => {
        lines.push({ level, name, fields: { ...base, ...fields } })
      }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => withFields({ ...base, ...fields }),
    }
  }
  return { lines, ...withFields({}) }
}
