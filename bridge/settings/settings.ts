/**
 * The settings of every account as they are now: the defaults, under what is set for all, under what is set for the account. Read from the
 * database when something has changed there, so that a change is in effect in every process a moment later; in between it costs nothing to ask.
 */
import type { Logger } from '../logger.ts'
import type { SettingStore, StoredSetting } from '../store/setting-store.ts'
import { ACCOUNT_SETTINGS, type AccountSettings } from './account-settings.ts'
import { SETTING_FIELDS } from './setting-fields.ts'

export interface Settings {
  /** A snapshot; ask again for each piece of work. */
  of(openKfId: string): AccountSettings
  /** Reads what has changed. Rejects as the database does; what was known stays in effect. */
  refresh(): Promise<void>
  /** Called after each change that was seen. */
  onChange(listener: () => void): void
  start(): void
  stop(): void
}

export interface SettingsDeps {
  store: Pick<SettingStore, 'version' | 'list'>
  log: Logger
  /** Between two looks, in ms. */
  everyMs: number
}

export const ALL_ACCOUNTS = '*'

export function createSettings({ store, log, everyMs }: SettingsDeps): Settings {
  let seen = -1
  let scopes: ReadonlyMap<string, ReadonlyMap<string, unknown>> = new Map()
  const merged = new Map<string, AccountSettings>()
  const listeners: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const refresh = async (): Promise<void> => {
    const version = await store.version()
    if (version === seen) return
    // Read after the number: what comes in between is read twice rather than never.
    scopes = readScopes(await store.list(), log)
    merged.clear()
    const isFirst = seen === -1
    seen = version
    if (!isFirst) log.info('settings.changed', { version })
    for (const listener of listeners) listener()
  }

  const look = async (): Promise<void> => {
    // A database that is away is reported where it is watched.
    await refresh().catch(() => undefined)
    if (!isStopped) timer = setTimeout(() => void look(), everyMs).unref()
  }

  return {
    of(openKfId) {
      const known = merged.get(openKfId)
      if (known !== undefined) return known
      const made = merge(scopes.get(ALL_ACCOUNTS), scopes.get(openKfId))
      merged.set(openKfId, made)
      return made
    },
    refresh,
    onChange: (listener) => void listeners.push(listener),
    start: () => void look(),
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/** Settings that this version does not know, or that it finds wrong, are left out: the default is in effect. */
function readScopes(rows: readonly StoredSetting[], log: Logger): Map<string, Map<string, unknown>> {
  const scopes = new Map<string, Map<string, unknown>>()
  for (const { scope, key, value } of rows) {
    const parsed = SETTING_FIELDS.get(key)?.schema.safeParse(parseJson(value))
    if (parsed?.success !== true) {
      log.warn('settings.ignored', { scope, key })
      continue
    }
    const fields = scopes.get(scope) ?? new Map<string, unknown>()
    fields.set(key, parsed.data)
    scopes.set(scope, fields)
  }
  return scopes
}

/** What is no JSON becomes a value that no field takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return Number.NaN
  }
}

function merge(...layers: (ReadonlyMap<string, unknown> | undefined)[]): AccountSettings {
  const sections: Record<string, Record<string, unknown>> = {}
  for (const section of Object.keys(ACCOUNT_SETTINGS)) sections[section] = {}
  for (const { key, section, name, default: fallback } of SETTING_FIELDS.values()) {
    const layer = layers.findLast((fields) => fields?.has(key))
    const fields = sections[section]
    if (fields !== undefined) fields[name] = layer === undefined ? fallback : layer.get(key)
  }
  return freeze(sections) as unknown as AccountSettings
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
