/** What is set by hand or from a file, checked against the table before it is stored. */
import { AppError } from '../../shared/app-error.ts'
import { SETTING_FIELDS } from './setting-fields.ts'

/** Throws `settings.invalid`, naming the field and what is wrong with it, never the value. */
export function parseSetting(key: string, value: unknown): unknown {
  const field = SETTING_FIELDS.get(key)
  if (field === undefined) throw invalid(`there is no setting ${key.slice(0, 80)}${suggest(key)}`, key)
  const parsed = field.schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => [[key, ...path].join('.'), message].join(': '))
  throw invalid(faults.join('; '), key)
}

/** A value as it is typed: JSON where the field takes that, else the text itself. Throws as `parseSetting`. */
export function parseTypedSetting(key: string, typed: string): unknown {
  const asText = SETTING_FIELDS.get(key)?.schema.safeParse(typed)
  if (asText?.success === true) return asText.data
  let value: unknown = typed
  try {
    value = JSON.parse(typed)
  } catch {
    // Then it was meant as text, and is refused as such.
  }
  return parseSetting(key, value)
}

function suggest(key: string): string {
  const wanted = key.split('.').at(-1) ?? ''
  const near = [...SETTING_FIELDS.keys()].filter((known) => wanted.length > 2 && known.includes(wanted)).slice(0, 3)
  return near.length === 0 ? '' : `: ${near.join(', ')}?`
}

function invalid(message: string, key: string): AppError {
  return new AppError('settings.invalid', message, { retryable: false, details: { key } })
}
