/** What is set by hand or from a file, checked against the table before it is stored. */
import type { z } from 'zod'
import { AppError } from '../../shared/app-error.ts'
import { SETTING_FIELDS } from './setting-fields.ts'

/** Throws `settings.invalid`, naming the field and what is wrong with it, never the value; `details.zh` says the same in Chinese. */
export function parseSetting(key: string, value: unknown): unknown {
  const field = SETTING_FIELDS.get(key)
  if (field === undefined) {
    const named = `${key.slice(0, 80)}${suggest(key)}`
    throw invalid({ zh: `没有这项设置：${named}`, en: `there is no setting ${named}` }, key)
  }
  const parsed = field.schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => {
    const name = [key, ...issue.path].join('.')
    const { zh, en } = toReason(issue)
    return { zh: `${name}：${zh}`, en: `${name}: ${en}` }
  })
  throw invalid({ zh: faults.map(({ zh }) => zh).join('；'), en: faults.map(({ en }) => en).join('; ') }, key)
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

const REASONS: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  invalid_type: '不是所要的类型，或者缺少',
  invalid_value: '不在可选的值里',
  too_big: '太大或太长',
  too_small: '太小或太短',
  unrecognized_keys: '有不认识的字段',
}

/** Rules of our own are written `English / 中文`. */
function toReason({ code, message }: z.core.$ZodIssue): { zh: string; en: string } {
  const [en = message, zh] = message.split(' / ')
  return { zh: zh ?? REASONS[code] ?? '写法不对', en }
}

function invalid({ zh, en }: { zh: string; en: string }, key: string): AppError {
  return new AppError('settings.invalid', en, { retryable: false, details: { key, zh } })
}
