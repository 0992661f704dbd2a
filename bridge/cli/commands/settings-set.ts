import { isAppError } from '../../../shared/app-error.ts'
import { describeShape } from '../../settings/describe-shape.ts'
import { parseTypedSetting } from '../../settings/parse-setting.ts'
import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'
import { describeSettingRefusal } from '../describe-setting-refusal.ts'
import { findSetting } from '../find-setting.ts'
import type { Text } from '../language.ts'
import { checkScope, scopeOption, toScope } from '../settings-scope.ts'
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
    const value = parse(field.key, typed, (reason) => {
      const shape = describeShape(field.schema)
      return say({
        zh: `${reason.zh}\n${field.key} 接受：${shape.zh}`,
        en: `${reason.en}\n${field.key} takes: ${shape.en}`,
      })
    })
    const database = await call.database()
    await checkScope(scope, database, call)
    const version = await createSettingStore(database).change([{ scope, key: field.key, value: JSON.stringify(value) }])
    const text = say({ zh: `已保存，5 秒内生效：${field.key}`, en: `Saved, in effect within 5 s: ${field.key}` })
    return { json: { scope, key: field.key, value, version }, text }
  },
}

function parse(key: string, typed: string, explain: (reason: Text) => string): unknown {
  try {
    return parseTypedSetting(key, typed)
  } catch (error) {
    if (isAppError(error, 'settings.invalid')) throw usageError(explain(describeSettingRefusal(error)))
    throw error
  }
}
