import type { AppError } from '../../shared/app-error.ts'
import type { Text } from './language.ts'

/** Of `settings.invalid`, which holds both languages. */
export function describeSettingRefusal({ message, details }: AppError): Text {
  return { zh: `${details.zh ?? message}`, en: message }
}
