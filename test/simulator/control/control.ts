/** What a control is: a function of one object that it parses itself, so that the control API can pass on what it got. */
import { z } from 'zod'
import type { Platform } from '../platform.ts'

/** Takes one object (none where every field may be left out) and parses it. Throws a ZodError or a refusal. */
type Control<S extends z.ZodType, R> =
  undefined extends z.input<S> ? (input?: z.input<S>) => R : (input: z.input<S>) => R

export function control<S extends z.ZodType, R>(schema: S, run: (input: z.output<S>) => R): Control<S, R> {
  return ((input: unknown) => run(schema.parse(input))) as Control<S, R>
}

export const nothing = z.strictObject({}).optional()
/** Which conversation. Without an account: the first one. */
export const place = { openKfId: z.string().optional(), externalUserId: z.string() }

export function toPlace(
  { corp }: Platform,
  { openKfId, externalUserId }: { openKfId?: string | undefined; externalUserId: string },
) {
  return { openKfId: openKfId ?? corp.accounts.keys().next().value ?? '', externalUserId }
}

/** Tells the page to ask again. */
export function tellChanged({ book }: Platform): void {
  book.add({ kind: 'changed', openKfId: '', externalUserId: '' })
}

/** Fields that are there; with exact optional properties, undefined must not overwrite. */
export function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
