/**
 * Settings that may change while bridges run, as rows: scope `*` is for every account, any other scope for the account of that open_kfid. What they
 * mean is not known here. Each change raises one number, so that a process sees by a single read whether there is anything new.
 */
import { type Database, first, type Sql } from './database.ts'

export interface StoredSetting {
  scope: string
  key: string
  /** JSON. */
  value: string
}

/** `value` undefined: takes the setting away. */
export type SettingChange = Omit<StoredSetting, 'value'> & { value: string | undefined }

const VERSION_KEY = 'settings_version'

export function createSettingStore(database: Database) {
  return {
    /** 0 before the first change; never falls. */
    async version(): Promise<number> {
      const row = await first(database.all<{ value: string }>('select value from meta where key = ?1', VERSION_KEY))
      return Number(row?.value ?? 0)
    },

    async list(): Promise<StoredSetting[]> {
      return database.all<StoredSetting>('select scope, key, value from setting order by scope, key')
    },

    /** All or none of them. Resolves to the version that they make. */
    change: (changes: readonly SettingChange[]): Promise<number> =>
      database.transaction(async (sql) => {
        const version = await raiseVersion(sql)
        for (const { scope, key, value } of changes) {
          if (value === undefined) await sql.run('delete from setting where scope = ?1 and key = ?2', scope, key)
          else {
            await sql.run(
              `insert into setting (scope, key, value, version) values (?1, ?2, ?3, ?4)
               on conflict (scope, key) do update set value = excluded.value, version = excluded.version`,
              scope,
              key,
              value,
              version,
            )
          }
        }
        return version
      }),
  }
}

export type SettingStore = ReturnType<typeof createSettingStore>

/** The row is locked until the end, so that two changes never share a number. */
async function raiseVersion(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ value: string }>(
    `insert into meta (key, value) values (?1, '1')
     on conflict (key) do update set value = cast(cast(meta.value as bigint) + 1 as text) returning value`,
    VERSION_KEY,
  )
  return Number(row?.value)
}
