/** What is known of customers' files: which there are, and which message brought which. The files themselves are on disk. */
import { type Database, first, type Sql } from './database.ts'
import { inChunks } from './in-chunks.ts'

export interface MediaRow {
  /** SHA-256 of the content, in hex. */
  hash: string
  /** As what it was sent: image, voice, video, file; or what was made of one. */
  kind: string
  bytes: number
  mime: string
}

export function createMediaRecordStore(database: Database) {
  const keep = (sql: Sql, { hash, kind, bytes, mime }: MediaRow) =>
    sql.run(
      `insert into media (hash, kind, bytes, mime, at) values (?1, ?2, ?3, ?4, ?5)
       on conflict (hash) do update set bytes = excluded.bytes, at = excluded.at`,
      hash,
      kind,
      bytes,
      mime,
      database.now(),
    )

  return {
    /** A file that belongs to no message yet. One that stays so goes with retention. */
    async keep(row: MediaRow): Promise<void> {
      await keep(database, row)
    },

    /** The file that a message brought under `source`. */
    link: (msgid: string, source: string, row: MediaRow & { name: string }): Promise<void> =>
      database.transaction(async (sql) => {
        await keep(sql, row)
        await sql.run(
          `insert into message_media (msgid, source, hash, name) values (?1, ?2, ?3, ?4)
           on conflict (msgid, source) do update set hash = excluded.hash, name = excluded.name`,
          msgid,
          source,
          row.hash,
          row.name,
        )
      }),

    find: (msgid: string, source: string): Promise<(MediaRow & { name: string }) | undefined> =>
      first(
        database.all<MediaRow & { name: string }>(
          `select media.hash, media.kind, media.bytes, media.mime, message_media.name
           from message_media join media on media.hash = message_media.hash
           where message_media.msgid = ?1 and message_media.source = ?2`,
          msgid,
          source,
        ),
      ),

    /** What these messages show, in the order of the conversation; nothing of one that was recalled. */
    async picturesOf(msgids: readonly string[]): Promise<string[]> {
      const found: { seq: number; media: string }[] = []
      for (const chunk of inChunks(msgids)) {
        const places = chunk.map((_, index) => `?${index + 1}`).join(', ')
        const rows = await database.all<{ seq: number; media: string }>(
          `select seq, media from message where msgid in (${places}) and media <> '[]' and state <> 'recalled'`,
          ...chunk,
        )
        found.push(...rows)
      }
      // Written by us, a list of hashes.
      return found.toSorted((one, other) => one.seq - other.seq).flatMap(({ media }) => JSON.parse(media) as string[])
    },

    /** Those of `hashes` that have a row. */
    async known(hashes: readonly string[]): Promise<ReadonlySet<string>> {
      const known = new Set<string>()
      for (const chunk of inChunks(hashes)) {
        const places = chunk.map((_, index) => `?${index + 1}`).join(', ')
        const rows = await database.all<{ hash: string }>(`select hash from media where hash in (${places})`, ...chunk)
        for (const { hash } of rows) known.add(hash)
      }
      return known
    },
  }
}

/** Part of the transaction that stores what a message says: its pictures are kept as long as it is. */
export async function linkPictures(sql: Sql, msgid: string, hashes: readonly string[]): Promise<void> {
  for (const hash of new Set(hashes)) {
    await sql.run(
      `insert into message_media (msgid, source, hash) values (?1, ?2, ?2) on conflict (msgid, source) do nothing`,
      msgid,
      hash,
    )
  }
}

/**
 * Part of a transaction that takes messages back: their files are forgotten, but for those that others have as well. `which` is a condition
 * on `msgid`, with `values` for its places.
 */
export async function unlinkMedia(sql: Sql, which: string, ...values: string[]): Promise<void> {
  await sql.run(
    `delete from media where hash in (select hash from message_media where ${which})
       and not exists (select 1 from message_media where message_media.hash = media.hash and not (${which}))`,
    ...values,
  )
  await sql.run(`delete from message_media where ${which}`, ...values)
}
