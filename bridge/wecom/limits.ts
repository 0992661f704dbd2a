/**
 * The documented limits of a request, checked before the call. The platform answers some with an error that names no field and
 * cuts others silently, so each is refused here, with the field, what was found and what is allowed.
 */
import { refused, refusedByLimit } from './wecom-error.ts'

const badParameter = 40058
const tooLong = 45002

export interface Range {
  /** Default 1: the field may not be empty. */
  min?: number
  max: number
  /** What the platform would answer. */
  errcode?: number
}

export type Limits = ReturnType<typeof limitsOf>

/** Checks that return what they were given, to stand where a body is built. They throw `wecom.refused`. */
export function limitsOf(path: string) {
  function within(field: string, found: number, unit: 'bytes' | 'characters' | 'items', range: Range): void {
    const { min = 1, max } = range
    if (found > max) throw refusedByLimit(path, range.errcode ?? tooLong, field, { found, limit: max, unit })
    if (found < min) throw refusedByLimit(path, range.errcode ?? badParameter, field, { found, limit: min, unit })
  }

  return {
    /** By the bytes of UTF-8. */
    bytes<T extends string | undefined>(field: string, text: T, range: Range): T {
      if (text !== undefined) within(field, Buffer.byteLength(text), 'bytes', range)
      return text
    },
    /** By what people count: a character outside of the basic plane is one. */
    characters<T extends string | undefined>(field: string, text: T, range: Range): T {
      if (text !== undefined) within(field, Array.from<string>(text).length, 'characters', range)
      return text
    },
    items<T extends readonly unknown[] | undefined>(field: string, list: T, range: Range): T {
      if (list !== undefined) within(field, list.length, 'items', { errcode: badParameter, ...range })
      return list
    },
    /** A number or a text with a rule of its own. `rule` is words for people, e.g. `is between -90 and 90`. */
    holds<T>(field: string, value: T, holds: boolean, rule: string, errcode = badParameter): T {
      if (!holds) throw refused(path, errcode, '', { field, rule })
      return value
    },
    /** `[0-9a-zA-Z_-]*`, as the platform asks of ids that we choose. */
    plainId<T extends string | undefined>(field: string, text: T, range: Range): T {
      if (text === undefined) return text
      if (!/^[\w-]*$/.test(text))
        throw refused(path, badParameter, '', { field, rule: 'has only letters, digits, _ and -' })
      within(field, text.length, 'bytes', { errcode: badParameter, ...range })
      return text
    },
  }
}
