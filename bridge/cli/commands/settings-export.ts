import { createSettingStore } from '../../store/setting-store.ts'
import type { Command } from '../command.ts'

export const settingsExport: Command = {
  path: ['settings', 'export'],
  about: {
    zh: '把所有已改的设置输出为 JSON，可用 settings import 读回',
    en: 'print all that is set as JSON, for settings import',
  },
  async run({ database }) {
    const rows = await createSettingStore(await database()).list()
    const scopes: Record<string, Record<string, unknown>> = {}
    for (const { scope, key, value } of rows) {
      const fields = scopes[scope] ?? {}
      fields[key] = JSON.parse(value)
      scopes[scope] = fields
    }
    return { json: scopes, text: JSON.stringify(scopes, undefined, 2) }
  },
}
