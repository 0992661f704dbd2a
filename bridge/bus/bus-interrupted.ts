import { AppError } from '../../shared/app-error.ts'

/** Why a connection to the broker is given up and made anew. */
export function busInterrupted(reason: string): AppError {
  return new AppError('bus.interrupted', reason, { retryable: true })
}
