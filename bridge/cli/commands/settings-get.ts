import { ALL_ACCOUNTS } from '../../settings/settings.ts'
import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'
import { findSetting } from '../find-setting.ts'
import { scopeOption, toScope } from '../settings-scope.ts'

export const settingsGet: Command = {
  path: ['settings', 'get'],
  about: { zh: '显示一项设置现在的值', en: 'show the value of one setting' },
  operand: { name: 'SECTION.FIELD', about: { zh: '设置的名称', en: 'its name' }, isMany: false },
  options: scopeOption,
  async run(call) {
    const field = findSetting(call.operands[0] ?? '', call)
    const scope = toScope(call)
    const rows = await createSettingStore(await call.database()).list()
    const row = [scope, ALL_ACCOUNTS]
      .map((wanted) => rows.find((one) => one.key === field.key && one.scope === wanted))
      .find((one) => one !== undefined)
    const value: unknown = row === undefined ? field.default : JSON.parse(row.value)
    return {
      json: { key: field.key, value, scope: row?.scope ?? 'default' },
      text: typeof value === 'string' ? value : JSON.stringify(value, undefined, 2),
    }
  },
}
