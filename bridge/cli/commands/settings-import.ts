import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isAppError } from '../../../shared/app-error.ts'
import { parseSetting } from '../../settings/parse-setting.ts'
import { createSettingStore, type SettingChange } from '../../store/setting-store.ts'
import type { Call, Command } from '../command.ts'
import { describeSettingRefusal } from '../describe-setting-refusal.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'

const fileSchema = z.record(z.string().regex(/^(\*|[\w-]{1,128})$/), z.record(z.string(), z.unknown()))

export const settingsImport: Command = {
  path: ['settings', 'import'],
  about: {
    zh: '读入 settings export 的文件：全部有效才保存',
    en: 'read what settings export has printed: all of it, or nothing',
  },
  operand: { name: 'FILE', about: { zh: 'JSON 文件', en: 'a JSON file' }, isMany: false },
  options: {
    replace: {
      type: 'boolean',
      about: { zh: '文件里没有的设置一并去掉', en: 'take away what the file does not have' },
    },
  },
  async run(call) {
    const { say } = call
    const wanted = toChanges(await read(call.operands[0] ?? '', call), call)
    const store = createSettingStore(await call.database())
    const named = new Set(wanted.map(({ scope, key }) => `${scope} ${key}`))
    const gone: SettingChange[] =
      call.options.replace === true
        ? (await store.list())
            .filter(({ scope, key }) => !named.has(`${scope} ${key}`))
            .map(({ scope, key }) => ({ scope, key, value: undefined }))
        : []
    const version = await store.change([...wanted, ...gone])
    const text = say({
      zh: `已保存 ${wanted.length} 项${gone.length > 0 ? `，去掉 ${gone.length} 项` : ''}，5 秒内生效。`,
      en: `${wanted.length} saved${gone.length > 0 ? `, ${gone.length} taken away` : ''}, in effect within 5 s.`,
    })
    return { json: { saved: wanted.length, removed: gone.length, version }, text }
  },
}

async function read(path: string, { say }: Call): Promise<z.infer<typeof fileSchema>> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw usageError(say({ zh: `读不到文件：${printable(path)}`, en: `can't read ${printable(path)}` }))
  })
  try {
    // Editors of Windows put a mark of their own before it.
    return fileSchema.parse(JSON.parse(text.replace(/^\ufeff/, '')))
  } catch {
    throw usageError(
      say({
        zh: '文件要是这样的 JSON：{ "*": { "section.field": 值 }, "wk…": { … } }',
        en: 'the file must be JSON like { "*": { "section.field": value }, "wk…": { … } }',
      }),
    )
  }
}

/** Every fault of the file in one message. */
function toChanges(scopes: z.infer<typeof fileSchema>, { say }: Call): SettingChange[] {
  const faults: string[] = []
  const changes: SettingChange[] = []
  for (const [scope, fields] of Object.entries(scopes)) {
    for (const [key, value] of Object.entries(fields)) {
      try {
        changes.push({ scope, key, value: JSON.stringify(parseSetting(key, value)) })
      } catch (error) {
        if (!isAppError(error, 'settings.invalid')) throw error
        faults.push(`  ${scope}: ${printable(say(describeSettingRefusal(error)))}`)
      }
    }
  }
  if (faults.length === 0) return changes
  const head = say({ zh: '文件里有错，什么都没有保存：', en: 'the file has faults, nothing was saved:' })
  throw usageError([head, ...faults].join('\n'))
}
