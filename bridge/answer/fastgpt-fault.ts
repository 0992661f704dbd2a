/**
 * FastGPT's refusals → the errors of `answerer.ts`. It answers nearly everything with HTTP 500, a wrong key included, and amid a stream with an
 * event of the same shape: only its own `code` and `statusText` tell what it is.
 * Source: https://doc.fastgpt.io/docs/openapi/intro (and the error codes in the project's source)
 */
import { APIError } from 'openai'
import type { AppError } from '../../shared/app-error.ts'
import {
  answerAccount,
  answerRefused,
  answerSensitive,
  answerUnavailable,
  type Details,
  refusalToError,
  shortName,
} from './to-answer-error.ts'
import { tellsOfFilter } from './vendor-fault.ts'

const HINTS_BY_NAME: Readonly<Record<string, string>> = {
  unAuthorization: 'the key is wrong, or no app key: take the key of the app itself',
  unAuthApiKey: 'the key is wrong',
  insufficientQuota: 'the balance is used up',
  aiPointsNotEnough: 'the AI points are used up',
  unAuthModel: 'the app may not use its model',
  appUnExist: 'there is no such app any more',
}
/** `from` to `to`, both included. */
const HINTS_BY_CODE: readonly { from: number; to: number; hint: string }[] = [
  { from: 401, to: 404, hint: 'the key or the app is not right' },
  { from: 510, to: 514, hint: 'the key, the balance or a right is missing' },
  { from: 500_000, to: 500_999, hint: "the team's plan or balance does not allow it" },
  { from: 502_000, to: 502_999, hint: 'the app is not there or not allowed' },
  { from: 514_000, to: 514_999, hint: 'the key is wrong or used up' },
]

export interface FastgptRefusal {
  code: number | undefined
  statusText: string
  /** Read for its meaning, never passed on. */
  message: string
}

export function parseFastgptRefusal(body: unknown): FastgptRefusal {
  const { code, statusText, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  return {
    code: typeof code === 'number' ? code : undefined,
    statusText: typeof statusText === 'string' ? statusText : '',
    message: typeof message === 'string' ? message : '',
  }
}

/** `status` undefined: amid a stream. */
export function toFastgptError(
  name: string,
  { code, statusText, message }: FastgptRefusal,
  status?: number,
  headers?: Headers,
): AppError {
  const details: Details = {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...shortName('type', statusText),
  }
  if (tellsOfFilter(message)) return answerSensitive(name, details)
  const hint = HINTS_BY_NAME[statusText] ?? HINTS_BY_CODE.find((row) => isWithin(code, row))?.hint
  if (hint !== undefined) return answerAccount(name, hint, details)
  if (code === 400 || code === 422) return answerRefused(name, details)
  if (status === undefined) return answerUnavailable(name, 'cut', details)
  return refusalToError(name, { status, code: undefined, details, ...(headers && { headers }) })
}

/** An event of FastGPT amid the stream, as the SDK passes it on. Undefined for anything else. */
export function readStreamFault(name: string, error: unknown): AppError | undefined {
  if (!(error instanceof APIError) || error.constructor !== APIError || error.status !== undefined) return undefined
  return toFastgptError(name, parseFastgptRefusal(error.error))
}

function isWithin(code: number | undefined, { from, to }: { from: number; to: number }): boolean {
  return code !== undefined && code >= from && code <= to
}
