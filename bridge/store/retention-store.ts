/**
 * Forgets what is older than it is to be kept, a batch at a time. A batch reads a range of an index from where the last one ended, so
 * its cost does not depend on how much is stored, nor on how much is left alone.
 *
 * - A conversation that still has something to answer or to send is left alone.
 * - The msgids of messages are kept for four days whatever else is: the platform can replay three, and would bring them back. What is
 *   to go before that is emptied instead.
 * - A file goes after the last message that brought or shows it.
 * - Entries that were given up and are still open stay; what they quote does not.
 */
import { type Database, first, type Sql } from './database.ts'

/** Where a batch ended: a time in unix ms, and the key of the last row at it. */
export interface Place {
  at: number
  key: string
}

export interface Batch {
  /** Rows that were deleted or emptied. */
  removed: number
  /** Where the next batch begins; undefined at the end. */
  next: Place | undefined
}

/** From the beginning when `after` is undefined. `before` is unix ms: what is not older stays. */
export type RetentionStep = (after: Place | undefined, before: number) => Promise<Batch>

export interface RetentionOptions {
  /** Rows that a batch looks at. */
  batchRows: number
}

const START: Place = { at: -1, key: '' }

/** The platform's replay goes back three days: https://developer.work.weixin.qq.com/document/path/94670 */
const MIN_MSGID_AGE_MS = 4 * 86_400_000
const INSTANCE_AGE_MS = 30 * 86_400_000
const LEASE_AGE_MS = 86_400_000
/** Sums of days are few, and told from year to year. */
const SPEND_AGE_MS = 800 * 86_400_000
const EMPTIED = 'retention_emptied'
const CHUNK = 50
const CHUNK_PLACES = Array.from({ length: CHUNK }, (_, index) => `?${index + 3}`).join(', ')

interface Range {
  table: string
  key: string
  time: string
  /** Of the partial index that serves. */
  condition?: string
  conv?: string
}

interface RangeRow extends Place {
  conv: string | null
}

const isPending = (conv: string) => `(
  exists (select 1 from conversation where conversation.id = ${conv} and conversation.dirty > conversation.answered)
  or exists (select 1 from reply_part unsent where unsent.conv = ${conv} and unsent.state in ('ready', 'sending')))`

/** The values are those of `edges`. */
const within = ({ key, time, condition }: Range) =>
  `(${time}, ${key}) > (?1, ?2) and (${time}, ${key}) <= (?3, ?4)${condition === undefined ? '' : ` and ${condition}`}`

export function createRetentionStore(database: Database, { batchRows }: RetentionOptions) {
  const step =
    (range: Range, act: (sql: Sql, edges: [number, string, number, string], convs: string[]) => Promise<number>) =>
    (after: Place | undefined, before: number): Promise<Batch> =>
      database.transaction(async (sql) => {
        const { table, key, time, condition = '1 = 1', conv = `''` } = range
        const from = after ?? START
        const rows = await sql.all<RangeRow>(
          `select ${time} as at, ${key} as key, ${conv} as conv from ${table}
           where (${time}, ${key}) > (?1, ?2) and ${time} < ?3 and ${condition}
           order by ${time}, ${key} limit ${batchRows}`,
          from.at,
          from.key,
          before,
        )
        const last = rows.at(-1)
        if (last === undefined) return { removed: 0, next: undefined }
        const convs = [...new Set(rows.map((row) => row.conv ?? ''))].filter((id) => id !== '')
        const removed = await act(sql, [from.at, from.key, last.at, last.key], convs)
        return { removed, next: rows.length < batchRows ? undefined : { at: last.at, key: last.key } }
      })

  /** A customer of whom nothing is left. A row that moved since it was looked at is not touched. */
  const forgetConversations = async (sql: Sql, convs: readonly string[], before: number): Promise<void> => {
    for (let done = 0; done < convs.length; done += CHUNK) {
      const rows = await sql.all<{ id: string; last_seq: number }>(
        `select id, last_seq from conversation
         where id in (${CHUNK_PLACES}) and last_customer_at < ?1 and created_at < ?1 and dirty <= answered and lease_until <= ?2
           and not exists (select 1 from message where message.conv = conversation.id)
           and not exists (select 1 from reply where reply.conv = conversation.id)
           and not exists (select 1 from reply_part where reply_part.conv = conversation.id and state in ('ready', 'sending'))`,
        before,
        database.now(),
        ...Array.from({ length: CHUNK }, (_, index) => convs[done + index] ?? ''),
      )
      for (const { id, last_seq } of rows) {
        const gone = await sql.run('delete from conversation where id = ?1 and last_seq = ?2', id, last_seq)
        if (gone === 1) await sql.run('delete from desk where conv = ?1', id)
      }
    }
  }

  const messageRange: Range = { table: 'message', key: 'msgid', time: 'received_at', conv: 'conv' }
  const isMessageDone = `state not in ('new', 'provisional') and not ${isPending('message.conv')}`

  const unlinkMedia = (sql: Sql, edges: [number, string, number, string]) =>
    sql.run(
      `delete from message_media where msgid in
         (select msgid from message where ${within(messageRange)} and ${isMessageDone})`,
      ...edges,
    )

  const deleteMessages: RetentionStep = (after, before) =>
    step(messageRange, async (sql, edges, convs) => {
      await unlinkMedia(sql, edges)
      const removed = await sql.run(`delete from message where ${within(messageRange)} and ${isMessageDone}`, ...edges)
      await forgetConversations(sql, convs, before)
      return removed
    })(after, before)

  const emptyMessages = step(messageRange, async (sql, edges) => {
    await unlinkMedia(sql, edges)
    const removed = await sql.run(
      `update message set raw = '', text = '', title = '', media = '[]' where ${within(messageRange)} and ${isMessageDone}`,
      ...edges,
    )
    // What is emptied is not looked at again, and what was left alone is deleted in its time.
    await sql.run(
      'insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value',
      EMPTIED,
      JSON.stringify([edges[2], edges[3]]),
    )
    return removed
  })

  const replyRange: Range = { table: 'reply', key: 'id', time: 'created_at', conv: 'conv' }

  return {
    /** Whole rows of messages; `before` is moved back to what the platform can't replay. */
    messages: (after: Place | undefined, before: number) =>
      deleteMessages(after, Math.min(before, database.now() - MIN_MSGID_AGE_MS)),

    /** What younger messages say; the rows stay. */
    async contents(after: Place | undefined, before: number): Promise<Batch> {
      const youngest = database.now() - MIN_MSGID_AGE_MS
      if (before <= youngest) return { removed: 0, next: undefined }
      return emptyMessages(after ?? (await emptiedUpTo(database)), before)
    },

    /** With their parts. */
    replies: (after: Place | undefined, before: number) =>
      step(replyRange, async (sql, edges, convs) => {
        await sql.run(
          `delete from reply_part where reply_id in (select id from reply where ${within(replyRange)})
             and state not in ('ready', 'sending') and not ${isPending('reply_part.conv')}`,
          ...edges,
        )
        const removed = await sql.run(
          `delete from reply where ${within(replyRange)}
             and not exists (select 1 from reply_part where reply_part.reply_id = reply.id)`,
          ...edges,
        )
        await forgetConversations(sql, convs, before)
        return removed
      })(after, before),

    /** Parts that belong to no answer: welcomes. */
    loneParts: step(LONE_PARTS, (sql, edges) =>
      sql.run(`delete from reply_part where ${within(LONE_PARTS)} and state not in ('ready', 'sending')`, ...edges),
    ),

    /** Who had a conversation, with what they were told of it. */
    deskChanges: step(DESK_CHANGES, (sql, edges) =>
      sql.run(`delete from desk_change where ${within(DESK_CHANGES)}`, ...edges),
    ),

    /** What a conversation was about; one that goes on makes another. */
    summaries: step(SUMMARIES, (sql, edges) =>
      sql.run(`update conversation set summary = '', summary_seq = 0 where ${within(SUMMARIES)}`, ...edges),
    ),

    ratings: step(RATINGS, (sql, edges) => sql.run(`delete from rating where ${within(RATINGS)}`, ...edges)),

    /** Files that belong to no message any more; each machine then removes them from its disk. */
    media: step(MEDIA, (sql, edges) =>
      sql.run(
        `delete from media where ${within(MEDIA)}
           and not exists (select 1 from message_media where message_media.hash = media.hash)`,
        ...edges,
      ),
    ),

    closedEntries: step(CLOSED_ENTRIES, (sql, edges) =>
      sql.run(`delete from parked where ${within(CLOSED_ENTRIES)}`, ...edges),
    ),

    openEntries: step(OPEN_ENTRIES, (sql, edges) =>
      sql.run(`update parked set body = '' where ${within(OPEN_ENTRIES)} and body <> ''`, ...edges),
    ),

    /** As whom a vendor knows a customer who was silent for so long. */
    vendorConversations: step(VENDOR_CONVERSATIONS, (sql, edges) =>
      sql.run(`delete from vendor_conversation where ${within(VENDOR_CONVERSATIONS)}`, ...edges),
    ),

    /** Rows of processes that ended long ago on machines that are gone, and of days long gone; all at once, as there are few. */
    async processes(): Promise<Batch> {
      const now = database.now()
      const instances = await database.run(
        `delete from instance where started_at < ?1
           and not exists (select 1 from lease where lease.holder = instance.id and lease.until > ?2)`,
        now - INSTANCE_AGE_MS,
        now,
      )
      const leases = await database.run('delete from lease where until < ?1', now - LEASE_AGE_MS)
      const oldest = new Date(now - SPEND_AGE_MS).toISOString().slice(0, 10)
      const sums = await database.run('delete from spend where day < ?1', oldest)
      return { removed: instances + leases + sums, next: undefined }
    },
  } satisfies Record<string, RetentionStep>
}

export type RetentionStore = ReturnType<typeof createRetentionStore>

const LONE_PARTS: Range = { table: 'reply_part', key: 'msgid', time: 'created_at', condition: 'reply_id is null' }
const DESK_CHANGES: Range = { table: 'desk_change', key: 'id', time: 'at' }
const SUMMARIES: Range = { table: 'conversation', key: 'id', time: 'summary_at', condition: 'summary_seq > 0' }
const RATINGS: Range = { table: 'rating', key: 'id', time: 'at' }
const MEDIA: Range = { table: 'media', key: 'hash', time: 'at' }
const CLOSED_ENTRIES: Range = { table: 'parked', key: 'id', time: 'at', condition: 'closed_at > 0' }
const OPEN_ENTRIES: Range = { table: 'parked', key: 'id', time: 'at', condition: 'closed_at = 0' }
const VENDOR_CONVERSATIONS: Range = { table: 'vendor_conversation', key: 'conversation_key', time: 'at' }

async function emptiedUpTo(database: Database): Promise<Place> {
  const row = await first(database.all<{ value: string }>('select value from meta where key = ?1', EMPTIED))
  if (row === undefined) return START
  const [at, key] = JSON.parse(row.value) as [number, string]
  return { at, key }
}
