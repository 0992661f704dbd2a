/**
 * Careful reading of what a stranger sent: every function takes anything and gives something usable. Text comes without control
 * characters, without what nobody can see, and no longer than is asked for.
 */
import { cleanText } from '../../shared/clean-text.ts'

export type Fields = Readonly<Record<string, unknown>>

/** No fields for what is no object. */
export function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** No fields for text that is no JSON object. */
export function parseEntry(raw: string): Fields {
  try {
    return toFields(JSON.parse(raw))
  } catch {
    return {}
  }
}

/** '' for what is neither text nor a number. Lines stay. */
export function readText(fields: Fields, name: string, maxChars: number): string {
  const value = fields[name]
  if (typeof value !== 'string' && typeof value !== 'number') return ''
  return cleanText(limitText(String(value), maxChars)).trim()
}

/** In one line and without heads of ours, so that it can't pass for a line of ours. */
export function readLine(fields: Fields, name: string, maxChars = 200): string {
  return withoutHeads(readText(fields, name, maxChars).replace(/\s+/g, ' ').trim())
}

/** What was found in pages and files is announced by these, and by nobody else; see quote-content.ts. Take what is invisible out first. */
export function withoutHeads(text: string): string {
  return text.replace(heads, '[$1]')
}

/** No items for what is no list. */
export function readList(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  return Array.isArray(value) ? value : []
}

/** Ends with … when something is missing; never within a surrogate pair. */
export function limitText(text: string, maxChars: number): string {
  // Twice as much is enough to fill the limit of any honest text, and a megabyte of controls is not looked through.
  const clean = text
    .slice(0, maxChars * 2)
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(controls, '')
    .trim()
  if (clean.length <= maxChars) return clean
  return `${clean.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

const heads = /【((?:网页|文件|图片|语音|视频)完?)】/g
// All but tab and line feed, the line separators of Unicode included.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g
