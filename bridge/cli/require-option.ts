import type { Call } from './command.ts'
import { usageError } from './usage-error.ts'

/** An option that a command cannot do without. Throws `cli.usage`. */
export function requireOption(name: string, { options, say }: Pick<Call, 'options' | 'say'>): string {
  const value = options[name]
  if (typeof value !== 'string' || value === '') {
    throw usageError(say({ zh: `缺少 --${name}`, en: `--${name} is missing` }))
  }
  return value
}

/** Undefined when it was not given. */
export function textOption(name: string, { options }: Pick<Call, 'options'>): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
