import { AppError } from '../../shared/app-error.ts'

/** The pointer was not taken, or nobody knows whether it was. Nothing is lost: the sweeper publishes what is due again. */
export function busUnavailable(reason: string, cause?: unknown): AppError {
  return new AppError('bus.unavailable', `the bus did not take the pointer: ${reason}`, {
    retryable: true,
    cause,
    details: { reason },
  })
}
