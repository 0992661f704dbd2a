/** The Worker's secrets as `.dev.vars` has them, looked at before anything is uploaded: a wrong one is named, never shown. */
import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import type { Text } from '../language.ts'

interface Rule {
  pattern: RegExp
  says: Text
  isOptional?: boolean
}

const TOKEN: Rule = {
  pattern: /^[A-Za-z0-9]{1,32}$/,
  says: { zh: '应为 1 到 32 位字母或数字', en: 'must be 1 to 32 letters or digits' },
}
const AES_KEY: Rule = { pattern: /^[A-Za-z0-9+/]{43}$/, says: { zh: '应为 43 位', en: 'must have 43 characters' } }
const BRIDGE_SECRET: Rule = {
  pattern: /^\S{16,}$/,
  says: { zh: '至少 16 个字符，不含空格', en: 'must have at least 16 characters and no space' },
}
const CORP_ID: Rule = { pattern: /^\S+$/, says: { zh: '不能有空格', en: 'must hold no space' } }

/** As edge/env.ts asks for them. */
export const WORKER_SECRETS: Readonly<Record<string, Rule>> = {
  WECHAT_CORP_ID: CORP_ID,
  WECHAT_TOKEN: TOKEN,
  WECHAT_AESKEY: AES_KEY,
  BRIDGE_TOKEN: BRIDGE_SECRET,
  WECHAT_TOKEN_PREVIOUS: { ...TOKEN, isOptional: true },
  WECHAT_AESKEY_PREVIOUS: { ...AES_KEY, isOptional: true },
  BRIDGE_TOKEN_PREVIOUS: { ...BRIDGE_SECRET, isOptional: true },
}

export interface WorkerSecrets {
  values: Readonly<Record<string, string>>
  faults: readonly Text[]
}

/** Undefined when there is no such file. */
export async function readWorkerSecrets(path: string): Promise<WorkerSecrets | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : checkWorkerSecrets(parseEnv(text))
}

/** Names that are none of the Worker's are left out. */
export function checkWorkerSecrets(given: Readonly<Record<string, string | undefined>>): WorkerSecrets {
  const entries = Object.entries(WORKER_SECRETS).map(([name, rule]) => ({ name, rule, value: given[name] ?? '' }))
  const faults = entries.flatMap(({ name, rule: { pattern, says, isOptional = false }, value }): Text[] => {
    if (value === '') return isOptional ? [] : [{ zh: `${name} 没有写`, en: `${name} is missing` }]
    return pattern.test(value) ? [] : [{ zh: `${name} ${says.zh}`, en: `${name} ${says.en}` }]
  })
  const values = Object.fromEntries(entries.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]))
  return { values, faults }
}
