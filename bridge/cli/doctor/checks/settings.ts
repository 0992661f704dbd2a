import { stat } from 'node:fs/promises'
import { describeSettingFault } from '../../describe-setting-fault.ts'
import { defineCheck, type Found } from '../check.ts'

export const settings = defineCheck({
  name: 'settings',
  about: { zh: '设置', en: 'settings' },
  deadlineMs: 2_000,
  findings: {
    ok: { level: 'ok', says: { zh: '设置完整', en: 'complete' } },
    wrong: {
      level: 'failure',
      says: { zh: '{fault}', en: '{fault}' },
      todo: {
        zh: '在 .env 里改这一项，或运行 npm run setup；说明见 README 的“设置”',
        en: 'change it in .env, or run npm run setup; the README explains each setting',
      },
    },
    obsolete: {
      level: 'warning',
      says: { zh: '{name} 已不再使用', en: '{name} is no longer used' },
      todo: { zh: '从 .env 里删掉这一行', en: 'remove the line from .env' },
    },
    readable: {
      level: 'warning',
      says: {
        zh: '{file} 里有密钥，本机其他用户也能读',
        en: '{file} holds secrets, and other users of this machine can read it',
      },
      todo: { zh: '运行 chmod 600 {file}', en: 'run chmod 600 {file}' },
    },
  },
  async run({ config, fault = '' }) {
    const faults = fault
      .split('\n')
      .slice(1)
      .map((line) => ({ key: 'wrong', values: { fault: describeSettingFault(line.trim()) } }) as const)
    const obsolete = (config?.obsolete ?? []).map((name) => ({ key: 'obsolete', values: { name } }) as const)
    const found = [...faults, ...obsolete, ...(await readableFiles())]
    return found.length === 0 ? [{ key: 'ok' }] : found
  },
})

async function readableFiles(): Promise<Found<'readable'>[]> {
  // Windows has no such modes.
  if (process.platform === 'win32') return []
  const modes = await Promise.all(
    ['.env', '.dev.vars'].map(async (file) => ({ file, mode: (await stat(file).catch(() => undefined))?.mode ?? 0 })),
  )
  return modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ file }) => ({ key: 'readable', values: { file } }))
}
