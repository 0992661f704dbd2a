import { AppError } from '../../shared/app-error.ts'

/** Somebody else works on this row by now; what this claim still wanted to write is dropped. */
export function leaseLost(what: string): AppError {
  return new AppError('store.lease-lost', `the lease on this ${what} is lost`, { retryable: true })
}
