/** A JSON call after its access token was accepted, and how its fields are read: what is wrong is refused with 40058. */
import type { FaultAction } from '../fault-table.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'

export interface ApiCall {
  /** Path under /cgi-bin. */
  endpoint: string
  body: Readonly<Record<string, unknown>>
  query: (name: string) => string | undefined
  /** A fault that only the endpoint itself can play. */
  mishap: FaultAction | undefined
}

/** Returns what goes beside errcode and errmsg. Throws by `refuse`. */
export type ApiHandler = (platform: Platform, call: ApiCall) => Readonly<Record<string, unknown>>

/** A string that must be there; '' counts as missing. */
export function requireString(body: ApiCall['body'], name: string): string {
  const value = body[name]
  if (typeof value !== 'string' || value === '') refuse(40058, `${name} must be a string that is not empty`)
  return value
}

/** '' when it is missing. */
export function optionalString(body: ApiCall['body'], name: string): string {
  const value = body[name] ?? ''
  if (typeof value !== 'string') refuse(40058, `${name} must be a string`)
  return value
}

export function optionalInteger(body: ApiCall['body'], name: string, fallback: number): number {
  const value = body[name] ?? fallback
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) refuse(40058, `${name} must be a whole number`)
  return value
}

/** A list under `name`, [] when it is missing. */
export function optionalList(body: ApiCall['body'], name: string, maxItems: number): readonly unknown[] {
  const value = body[name] ?? []
  if (!Array.isArray(value)) refuse(40058, `${name} must be a list`)
  if (value.length > maxItems) refuse(40058, `${name} has at most ${maxItems} items`)
  return value
}

/** Strings, none of them empty. */
export function optionalStrings(body: ApiCall['body'], name: string, maxItems: number): string[] {
  return optionalList(body, name, maxItems).map((item) => {
    if (typeof item !== 'string' || item === '') refuse(40058, `${name} must hold strings that are not empty`)
    return item
  })
}

export function optionalIntegers(body: ApiCall['body'], name: string, maxItems: number): number[] {
  return optionalList(body, name, maxItems).map((item) => {
    if (typeof item !== 'number' || !Number.isSafeInteger(item)) refuse(40058, `${name} must hold whole numbers`)
    return item
  })
}

/** Refuses a text of more characters; an emoji is one. */
export function requireLength(text: string, maxCharacters: number, name: string, errcode = 40058): string {
  if ([...text].length > maxCharacters) refuse(errcode, `${name} has at most ${maxCharacters} characters`)
  return text
}

/** An object under `name`; a refusal with `errcode` otherwise. */
export function requireObject(body: ApiCall['body'], name: string, errcode = 40058): Record<string, unknown> {
  const value = body[name]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(errcode, `${name} must be an object`)
  return value as Record<string, unknown>
}
