/** Ids of uploads that are still valid, by what was uploaded, for all processes of this database. */
import { type Database, first } from './database.ts'

export function createMediaIdStore(database: Database) {
  return {
    /** Undefined when there is none, or none that is still valid. */
    async find(key: string): Promise<string | undefined> {
      const row = await first(
        database.all<{ media_id: string }>(
          'select media_id from media_id where key = ?1 and expires_at > ?2',
          key,
          database.now(),
        ),
      )
      return row?.media_id
    },
    /** Replaces the old one, and forgets whatever has expired. `expiresAt`: unix ms. */
    async save(key: string, mediaId: string, expiresAt: number): Promise<void> {
      await database.run('delete from media_id where expires_at <= ?1', database.now())
      await database.run(
        `insert into media_id (key, media_id, expires_at) values (?1, ?2, ?3)
         on conflict (key) do update set media_id = excluded.media_id, expires_at = excluded.expires_at`,
        key,
        mediaId,
        expiresAt,
      )
    },
    async forget(key: string): Promise<void> {
      await database.run('delete from media_id where key = ?1', key)
    },
  }
}
