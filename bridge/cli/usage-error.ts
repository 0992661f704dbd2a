import { AppError } from '../../shared/app-error.ts'

/** The command was typed wrongly: exit code 2. */
export function usageError(message: string): AppError {
  return new AppError('cli.usage', message, { retryable: false })
}
