import { AppError } from '../../shared/app-error.ts'
import { type Database, first } from './database.ts'

/** Single values that belong to the whole database. */
export function createMetaStore(database: Database) {
  const get = async (key: string): Promise<string | undefined> =>
    (await first(database.all<{ value: string }>('select value from meta where key = ?1', key)))?.value

  return {
    get,
    async set(key: string, value: string): Promise<void> {
      await database.run(
        'insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value',
        key,
        value,
      )
    },
    async remove(key: string): Promise<void> {
      await database.run('delete from meta where key = ?1', key)
    },
    /** The UUID that the first migration made. */
    async databaseId(): Promise<string> {
      const id = await get('database_id')
      if (id === undefined) {
        throw new AppError('database.no-identity', 'the database holds no database_id: it is not ours', {
          retryable: false,
        })
      }
      return id
    },
  }
}

export type MetaStore = ReturnType<typeof createMetaStore>
