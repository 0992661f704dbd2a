/**
 * What a model's vendor or the way to it did wrong → the errors of `answerer.ts`. The vendor's own words are left out, and so is the cause:
 * they may quote the customer or the key. What stays is the status and the vendor's short type and code.
 * Source: https://api-docs.deepseek.com/quick_start/error_codes
 */
import { APIConnectionError, APIError } from 'openai'
import { AppError, isAppError } from '../../shared/app-error.ts'
import { findVendorFault } from './vendor-fault.ts'

export type UnavailableReason =
  | 'network'
  | 'deadline'
  | 'aborted'
  | 'status'
  | 'blank'
  | 'cut'
  | 'endless'
  | 'overloaded'

export type Details = Record<string, string | number>

/** Retryable: the same question may be answered later. */
export function answerUnavailable(answerer: string, reason: UnavailableReason, details: Details = {}): AppError {
  return new AppError('answer.unavailable', `${answerer} gave no answer: ${reason}`, {
    retryable: true,
    details: { answerer, reason, ...details },
  })
}

/** The vendor's filter took offence at the question or at the answer. */
export function answerSensitive(answerer: string, details: Details = {}): AppError {
  return new AppError('answer.sensitive', `${answerer}: the content filter refused`, {
    retryable: false,
    details: { answerer, ...details },
  })
}

/** The service or the account is not as it must be; `hint` tells an operator what to do. */
export function answerAccount(answerer: string, hint: string, details: Details = {}): AppError {
  return new AppError('answer.account', `${answerer} refused: ${hint}`, {
    retryable: false,
    details: { answerer, hint, ...details },
  })
}

export function answerRefused(answerer: string, details: Details = {}): AppError {
  const status = details.status === undefined ? '' : ` with ${details.status}`
  return new AppError('answer.refused', `${answerer} refused the request${status}`, {
    retryable: false,
    details: { answerer, ...details },
  })
}

export function toAnswerError(answerer: string, error: unknown): AppError {
  if (isAppError(error)) return error
  if (!(error instanceof APIError) || error instanceof APIConnectionError) {
    // What our own fetch has made of an answer comes out wrapped.
    if (error instanceof Error && isAppError(error.cause)) return error.cause
    return answerUnavailable(answerer, 'network', networkCode(error))
  }
  // The types of the SDK promise strings; a server sends what it likes.
  const status: unknown = error.status
  const details = { ...shortName('type', error.type), ...shortName('code', error.code) }
  // DeepSeek's word for a retired name, with neither a status nor a code of its own.
  if (status === 400 && /^(?:400 )?Model Not Exist/i.test(error.message)) {
    const fault = findVendorFault('model_not_found')
    return answerAccount(answerer, fault?.hint ?? '', { status, ...shortName('about', fault?.about) })
  }
  const isFiltered = findVendorFault(error.code)?.kind === 'sensitive'
  if (typeof status !== 'number')
    return isFiltered ? answerSensitive(answerer, details) : answerUnavailable(answerer, 'cut')
  return refusalToError(answerer, {
    status,
    code: error.code,
    details,
    headers: error.headers,
    // DeepSeek's filter has no code of its own, only this constant sentence.
    isFiltered: status === 400 && /Content Exists Risk/i.test(error.message),
  })
}

export interface Refusal {
  status: number
  /** The vendor's, of whatever type. */
  code: unknown
  details?: Details
  headers?: Headers | undefined
  isFiltered?: boolean
}

/** An answer with a status that is no success. */
export function refusalToError(
  answerer: string,
  { status, code, details: more = {}, headers, isFiltered = false }: Refusal,
): AppError {
  const details = { status, ...more }
  const fault = findVendorFault(code)
  if (isFiltered || fault?.kind === 'sensitive') return answerSensitive(answerer, details)
  if (fault?.kind === 'account') {
    return answerAccount(answerer, fault.hint ?? '', { ...details, ...shortName('about', fault.about) })
  }
  if (fault?.kind === 'refused') return answerRefused(answerer, details)
  if (fault?.kind === 'unavailable' || status === 408 || status === 409 || status === 429 || status >= 500) {
    return answerUnavailable(answerer, 'status', { ...details, ...retryAfter(headers) })
  }
  const hint = ACCOUNT_HINTS[status]
  return hint === undefined ? answerRefused(answerer, details) : answerAccount(answerer, hint, details)
}

const ACCOUNT_HINTS: Readonly<Record<number, string>> = {
  401: 'the key is wrong',
  402: 'the balance is used up',
  403: 'the key may not do this',
  404: 'no such address or model',
}

/** Only a short constant name goes into a log: anything else may quote the customer. */
export function shortName(name: string, value: unknown): Details {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? { [name]: value } : {}
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(headers: Headers | undefined): Details {
  const value = headers?.get('retry-after') ?? ''
  if (value === '') return {}
  const ms = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {}
}

/** `ECONNREFUSED` and the like: the SDK wraps fetch's error, which wraps the socket's. */
function networkCode(error: unknown): Details {
  let found: unknown = error
  for (let depth = 0; depth < 4 && found instanceof Error; depth += 1) {
    if ('code' in found && typeof found.code === 'string') return shortName('cause', found.code)
    found = found.cause
  }
  return {}
}
