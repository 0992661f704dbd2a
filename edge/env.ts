/**
 * The Worker's settings, parsed once per isolate. A wrong one is named, never shown. The `_PREVIOUS` ones are accepted
 * beside the current ones while they are being changed, each on its own: Token, AESKey and bridge secret.
 */
import { AppError } from '../shared/app-error.ts'
import { type CallbackKey, importCallbackKey } from '../shared/callback-cipher.ts'
import type { Mailbox } from './mailbox/mailbox.ts'

/** What wrangler.toml binds. The settings are parsed before use, whatever their declared type. */
export interface EdgeBindings {
  MAILBOX: DurableObjectNamespace<Mailbox>
  WECHAT_CORP_ID: string
  WECHAT_TOKEN: string
  WECHAT_AESKEY: string
  BRIDGE_TOKEN: string
  WECHAT_TOKEN_PREVIOUS?: string
  WECHAT_AESKEY_PREVIOUS?: string
  BRIDGE_TOKEN_PREVIOUS?: string
}

export interface EdgeSettings {
  readonly corpId: string
  /** Each list holds the current value first, then the previous one if there is one. */
  readonly callbackTokens: readonly string[]
  readonly callbackKeys: readonly CallbackKey[]
  readonly bridgeSecrets: readonly string[]
}

const TOKEN = { pattern: /^[A-Za-z0-9]{1,32}$/, rule: '1 to 32 letters or digits' }
const AES_KEY = { pattern: /^[A-Za-z0-9+/]{43}$/, rule: '43 base64 characters' }
const BRIDGE_SECRET = { pattern: /^\S{16,}$/, rule: 'at least 16 characters without spaces' }
const CORP_ID = { pattern: /^\S+$/, rule: 'the corp id of the console' }

const FORMATS: Record<Exclude<keyof EdgeBindings, 'MAILBOX'>, { pattern: RegExp; rule: string }> = {
  WECHAT_CORP_ID: CORP_ID,
  WECHAT_TOKEN: TOKEN,
  WECHAT_AESKEY: AES_KEY,
  BRIDGE_TOKEN: BRIDGE_SECRET,
  WECHAT_TOKEN_PREVIOUS: TOKEN,
  WECHAT_AESKEY_PREVIOUS: AES_KEY,
  BRIDGE_TOKEN_PREVIOUS: BRIDGE_SECRET,
}

const parsed = new WeakMap<object, Promise<EdgeSettings>>()

/** Parses the settings, once per set of bindings. Throws `config.invalid`, which names every fault and shows no value. */
export function parseSettings(env: EdgeBindings): Promise<EdgeSettings> {
  const known = parsed.get(env)
  if (known !== undefined) return known
  const settings = parseBindings(env)
  parsed.set(env, settings)
  return settings
}

async function parseBindings(env: EdgeBindings): Promise<EdgeSettings> {
  const faults = Object.entries(FORMATS).flatMap(([name, { pattern, rule }]) => {
    const value = read(env, name)
    if (value === undefined) return name.endsWith('_PREVIOUS') ? [] : [`${name} is not set`]
    return pattern.test(value) ? [] : [`${name} must be ${rule}`]
  })
  if (faults.length > 0) throw new AppError('config.invalid', faults.join('; '), { retryable: false })
  const pair = (name: string) => [read(env, name), read(env, `${name}_PREVIOUS`)].filter((value) => value !== undefined)
  return Object.freeze({
    corpId: env.WECHAT_CORP_ID,
    callbackTokens: pair('WECHAT_TOKEN'),
    callbackKeys: await Promise.all(pair('WECHAT_AESKEY').map(importCallbackKey)),
    bridgeSecrets: pair('BRIDGE_TOKEN'),
  })
}

// An empty setting is one that is not set, as in a file of settings that was copied and not filled in.
function read(env: object, name: string): string | undefined {
  const value: unknown = (env as Record<string, unknown>)[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
