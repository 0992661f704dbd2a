/**
 * What the edge refuses, and the bare status that outsiders get for it. The reason goes to the log only: every kind of
 * forged callback looks the same from outside, and so does every kind of refused handshake.
 */
import { AppError } from '../shared/app-error.ts'

const STATUS = {
  'callback.parameters-missing': 400,
  'callback.body-malformed': 400,
  'callback.body-too-large': 413,
  'callback.signature-wrong': 403,
  'callback.undecryptable': 403,
  'callback.receiver-wrong': 403,
  'bridge.not-an-upgrade': 426,
  'bridge.handshake-incomplete': 401,
  'bridge.handshake-stale': 401,
  'bridge.handshake-forged': 401,
  'config.invalid': 503,
  'mailbox.unavailable': 503,
} as const

export type RefusalCode = keyof typeof STATUS

/** The error that makes the Worker answer with the status of `code`. */
export function refuse(code: RefusalCode, cause?: unknown): AppError {
  return new AppError(code, 'refused by the edge', { retryable: STATUS[code] === 503, cause })
}

/** The status for an error's code; 500 for what was not foreseen. */
export function toStatus(code: string): number {
  return isRefusalCode(code) ? STATUS[code] : 500
}

function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(STATUS, code)
}
