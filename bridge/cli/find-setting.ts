import { SETTING_FIELDS, type SettingField } from '../settings/setting-fields.ts'
import type { Call } from './command.ts'
import { printable } from './printable.ts'
import { usageError } from './usage-error.ts'

/** Throws `cli.usage` with those that sound alike. */
export function findSetting(key: string, { say }: Pick<Call, 'say'>): SettingField {
  const field = SETTING_FIELDS.get(key)
  if (field !== undefined) return field
  const [section = '', name = ''] = key.split('.')
  const near = [...SETTING_FIELDS.values()].filter((known) => known.section === section || known.name === name)
  const names = (near.length > 0 ? near : [...SETTING_FIELDS.values()]).map((known) => known.key).join(', ')
  const shown = printable(key.slice(0, 80))
  throw usageError(
    say({ zh: `没有这项设置：${shown}。有：${names}`, en: `there is no setting ${shown}; there are: ${names}` }),
  )
}
