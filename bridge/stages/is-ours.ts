import { isAppError } from '../../shared/app-error.ts'

/** The database's and the lease's faults are not the model's, nor the desk's. */
export function isOurs(error: unknown): boolean {
  return isAppError(error) && (error.code.startsWith('database.') || error.code.startsWith('store.'))
}
