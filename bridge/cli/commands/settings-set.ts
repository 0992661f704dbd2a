import { isAppError } from '../../../shared/app-error.ts'
import { parseTypedSetting } from '../../settings/parse-setting.ts'
import { describeField } from '../../settings/setting-fields.ts'
import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'
import { findSetting } from '../find-setting.ts'
import { scopeOption, toScope } from '../settings-scope.ts'
import { usageError } from '../usage-error.ts'

export const settingsSet: Command = {
  path: ['settings', 'set'],
  about: { zh: '改一项设置，5 秒内在所有进程生效', en: 'change a setting; in effect in every process within 5 s' },
  operand: {
    name: 'SECTION.FIELD VALUE',
    about: { zh: '名称和值；值是文字，或者 JSON', en: 'its name and the value: text, or JSON' },
    isMany: true,
    min: 2,
    max: 2,
  },
  options: scopeOption,
  async run(call) {
    const { say } = call
    const [name = '', typed = ''] = call.operands
    const field = findSetting(name, call)
    const scope = toScope(call)
    const value = parse(field.key, typed, (reason) =>
      say({
        zh: `${reason}\n${field.key} 接受：${describeField(field)}`,
        en: `${reason}\n${field.key} takes: ${describeField(field)}`,
      }),
    )
    const version = await createSettingStore(await call.database()).change([
      { scope, key: field.key, value: JSON.stringify(value) },
    ])
    const text = say({ zh: `已保存，5 秒内生效：${field.key}`, en: `Saved, in effect within 5 s: ${field.key}` })
    return { json: { scope, key: field.key, value, version }, text }
  },
}

function parse(key: string, typed: string, explain: (reason: string) => string): unknown {
  try {
    return parseTypedSetting(key, typed)
  } catch (error) {
    if (isAppError(error, 'settings.invalid')) throw usageError(explain(error.message))
    throw error
  }
}
