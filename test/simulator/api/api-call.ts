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
  mishap: FaultAction['kind'] | undefined
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

/** An object under `name`; a refusal with `errcode` otherwise. */
export function requireObject(body: ApiCall['body'], name: string, errcode = 40058): Record<string, unknown> {
  const value = body[name]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(errcode, `${name} must be an object`)
  return value as Record<string, unknown>
}
