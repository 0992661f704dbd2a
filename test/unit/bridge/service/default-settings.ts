/** The settings of an account with what a test wants otherwise, checked as an operator's are. */
import { ACCOUNT_SETTINGS, type AccountSettings } from '../../../../bridge/settings/account-settings.ts'
import { parseSetting } from '../../../../bridge/settings/parse-setting.ts'

/** `over`: by `section.field`. */
export function settingsWith(over: Readonly<Record<string, unknown>> = {}): AccountSettings {
  const sections = Object.fromEntries(
    Object.entries(ACCOUNT_SETTINGS).map(([section, schema]) => [section, schema.parse({}) as Record<string, unknown>]),
  )
  for (const [key, value] of Object.entries(over)) {
    const [section = '', field = ''] = key.split('.')
    const fields = sections[section]
    if (fields !== undefined) fields[field] = parseSetting(key, value)
  }
  return sections as unknown as AccountSettings
}
