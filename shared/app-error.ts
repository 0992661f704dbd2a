/** The one error class that crosses folders. What is expected is a value instead; see `Outcome` in bridge/stages. */

export interface AppErrorOptions {
  /** True when the same call may succeed later without anybody changing anything. */
  retryable: boolean
  cause?: unknown
  /** Fields that are safe to log: never a secret, never a customer's words, never a full URL. */
  details?: Readonly<Record<string, string | number | boolean>>
}

export class AppError extends Error {
  /** Constant dotted name, e.g. `wecom.refused`. */
  readonly code: string
  readonly retryable: boolean
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(code: string, message: string, { retryable, cause, details }: AppErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AppError'
    this.code = code
    this.retryable = retryable
    this.details = details ?? {}
  }
}

/** Narrows to an `AppError`, optionally to those with one code. */
export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}
