import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'
import { scopeOption, toScope } from '../settings-scope.ts'

export const settingsUnset: Command = {
  path: ['settings', 'unset'],
  about: {
    zh: '去掉一项设置：账号的回到所有账号的值，所有账号的回到默认值',
    en: 'take a setting away: what is set for all accounts, or the default, is in effect again',
  },
  operand: { name: 'SECTION.FIELD', about: { zh: '设置的名称', en: 'its name' }, isMany: false },
  options: scopeOption,
  async run(call) {
    const { say } = call
    // Any name is taken: also one that an older version knew.
    const [key = ''] = call.operands
    const scope = toScope(call)
    const store = createSettingStore(await call.database())
    const isSet = (await store.list()).some((row) => row.key === key && row.scope === scope)
    if (!isSet)
      return { json: { scope, key, unset: false }, text: say({ zh: '本来就没有设置。', en: 'It was not set.' }) }
    await store.change([{ scope, key, value: undefined }])
    return {
      json: { scope, key, unset: true },
      text: say({ zh: '已去掉，5 秒内生效。', en: 'Done, in effect within 5 s.' }),
    }
  },
}
