/** What a setting takes, for people, from its JSON Schema: `数字，0 到 1000000`, `["文字", …]`. */
import { z } from 'zod'

export interface ShapeText {
  zh: string
  en: string
}

type Schema = z.core.JSONSchema.JSONSchema
type Part = Schema | boolean | readonly unknown[] | undefined

export function describeShape(schema: z.ZodType): ShapeText {
  const shape = z.toJSONSchema(schema, { io: 'input' }) as Schema
  return { zh: toText(shape, 'zh'), en: toText(shape, 'en') }
}

const WORDS = {
  zh: { number: '数字', integer: '整数', text: '文字', any: '任意值', time: '时间 HH:MM', day: '日期 YYYY-MM-DD' },
  en: { number: 'number', integer: 'integer', text: 'text', any: 'any', time: 'time HH:MM', day: 'date YYYY-MM-DD' },
} as const

/** What clockTime allows, as no other does. */
const CLOCK_TIME = '24:00'

function toText(schema: Schema, language: keyof ShapeText): string {
  const words = WORDS[language]
  const inner = (part: Part) => (isSchema(part) ? toText(part, language) : words.any)
  const quoted = (part: Part) => (isSchema(part) && part.type === 'string' ? `"${inner(part)}"` : inner(part))
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (schema.anyOf !== undefined) return schema.anyOf.map(inner).join(' | ')
  switch (schema.type) {
    case 'number':
    case 'integer':
      return `${words[schema.type]}${toRange(schema, language)}`
    case 'boolean':
      return 'true | false'
    case 'string':
      return toStringText(schema, language)
    case 'array':
      return `[${quoted(schema.items)}, …]`
    case 'object': {
      const required = new Set(schema.required ?? [])
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, part]) => `"${name}"${required.has(name) ? '' : '?'}: ${quoted(part)}`,
      )
      if (typeof schema.additionalProperties === 'object') fields.push(`"…": ${quoted(schema.additionalProperties)}`)
      return `{${fields.join(', ')}}`
    }
    default:
      return words.any
  }
}

function isSchema(part: Part): part is Schema {
  return typeof part === 'object' && !Array.isArray(part)
}

function toStringText({ pattern, format, maxLength }: Schema, language: keyof ShapeText): string {
  const words = WORDS[language]
  if (format === 'date') return words.day
  if (pattern?.includes(CLOCK_TIME) === true) return words.time
  if (maxLength === undefined) return words.text
  return language === 'zh'
    ? `${words.text}，最多 ${maxLength} 个字`
    : `${words.text} of at most ${maxLength} characters`
}

function toRange({ minimum, maximum }: Schema, language: keyof ShapeText): string {
  if (minimum === undefined || maximum === undefined) return ''
  return language === 'zh' ? `，${minimum} 到 ${maximum}` : ` from ${minimum} to ${maximum}`
}
