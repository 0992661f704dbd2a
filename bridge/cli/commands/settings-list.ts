import { describeShape } from '../../settings/describe-shape.ts'
import { SETTING_FIELDS } from '../../settings/setting-fields.ts'
import { ALL_ACCOUNTS } from '../../settings/settings.ts'
import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'
import { renderTable } from '../render-table.ts'
import { scopeOption, toScope } from '../settings-scope.ts'

const maxShownChars = 40

export const settingsList: Command = {
  path: ['settings', 'list'],
  about: { zh: '列出全部设置、现在的值和出处', en: 'list every setting, its value and where that comes from' },
  options: scopeOption,
  async run(call) {
    const { say } = call
    const scope = toScope(call)
    const rows = await createSettingStore(await call.database()).list()
    const settings = [...SETTING_FIELDS.values()].map((field) => {
      const own = rows.find((row) => row.key === field.key && row.scope === scope)
      const common = rows.find((row) => row.key === field.key && row.scope === ALL_ACCOUNTS)
      const from = own ?? common
      const value: unknown = from === undefined ? field.default : JSON.parse(from.value)
      const takes = say(describeShape(field.schema))
      return { key: field.key, value, scope: from?.scope ?? 'default', takes, about: field.about }
    })
    const head = [
      { zh: '设置', en: 'SETTING' },
      { zh: '值', en: 'VALUE' },
      { zh: '出处', en: 'SET FOR' },
      { zh: '说明', en: 'WHAT IT IS' },
    ].map(say)
    const sources: Readonly<Record<string, string>> = {
      default: say({ zh: '默认', en: 'default' }),
      [ALL_ACCOUNTS]: say({ zh: '所有账号', en: 'all' }),
    }
    const table = settings.map(({ key, value, scope: from, about }) => [
      key,
      shorten(JSON.stringify(value)),
      sources[from] ?? from,
      sayAbout(about, say({ zh: 'zh', en: 'en' })),
    ])
    return { json: { scope, settings }, text: renderTable(head, table) }
  },
}

function shorten(text: string): string {
  return text.length <= maxShownChars ? text : `${text.slice(0, maxShownChars - 1).toWellFormed()}…`
}

/** A field describes itself in both languages, with a slash between them. */
function sayAbout(about: string, language: string): string {
  const [zh = '', en] = about.split(' / ')
  return language === 'en' && en !== undefined ? en : zh
}
