/**
 * All that is stored of one customer, at every account of the corp: shown to them, or erased. Of what is erased the empty rows of messages stay for
 * as long as the platform can replay them, or they would come back; see retention-store.ts. What the platform itself keeps is not ours.
 */
import { toConversationId } from './conversation-id.ts'
import type { Database, Sql } from './database.ts'
import { unlinkMedia } from './media-record-store.ts'
import { toPayload } from './reply-part.ts'

export interface CustomerData {
  externalUserId: string
  conversations: {
    openKfId: string
    /** Unix ms; 0: never. */
    lastWroteAt: number
    summary: string
    /** `from`: customer, company, bot (what it found out by itself) or event. */
    messages: { at: number; from: string; type: string; text: string; raw: string }[]
    /** What the bot sent, or was about to. */
    sent: { at: number; kind: string; state: string; payload: string }[]
    ratings: { at: number; score: number; label: string }[]
    handOvers: { at: number; cause: string; summary: string }[]
    leftForPeople: { at: number; reason: string; body: string }[]
  }[]
}

/** The message by which the customer asked for it: it stays until it is answered. */
export interface Wish {
  conv: string
  msgid: string
}

const FROM: Readonly<Record<number, string>> = { 0: 'bot', 3: 'customer', 4: 'event', 5: 'company' }
const EMPTY = toPayload({ type: 'text', text: '' })

/** `toVendorKey`: under which name vendors with a memory know a conversation. */
export function createCustomerDataStore(database: Database, toVendorKey: (conv: string) => string) {
  /** The accounts are few, and the conversations of each are found by their id. */
  const conversationsOf = async (externalUserId: string): Promise<{ conv: string; openKfId: string }[]> => {
    const accounts = await database.all<{ open_kfid: string }>('select open_kfid from sync_state')
    const found = await Promise.all(
      accounts.map(({ open_kfid }) => {
        const conv = toConversationId(open_kfid, externalUserId)
        return database.all<{ conv: string; openKfId: string }>(
          'select id as conv, open_kfid as "openKfId" from conversation where id = ?1',
          conv,
        )
      }),
    )
    return found.flat()
  }

  const eraseOne = async (sql: Sql, conv: string, wish: Wish | undefined): Promise<void> => {
    const now = database.now()
    // The row first, as in every transaction. A draft that is being written is thrown away, but for the answer to the wish.
    await sql.run(
      `update conversation set summary = '', summary_seq = 0, version = version + cast(?2 as int) where id = ?1`,
      conv,
      wish?.conv === conv ? 0 : 1,
    )
    // What nobody has read yet is not read any more.
    const isTheirs = 'msgid in (select msgid from message where conv = ?1 and msgid <> ?2)'
    await unlinkMedia(sql, isTheirs, conv, wish?.msgid ?? '')
    await sql.run(
      `update message set raw = '', text = '', title = '', media = '[]', last_error = '',
         state = case when state in ('new', 'provisional') then 'recalled' else state end
       where conv = ?1 and msgid <> ?2`,
      conv,
      wish?.msgid ?? '',
    )
    for (const parts of [
      'reply_id in (select id from reply where reply.conv = ?1)',
      'reply_id is null and conv = ?1',
    ]) {
      await sql.run(
        `update reply_part set payload = ?2, state = case when state in ('ready', 'held') then 'cancelled' else state end
         where ${parts} and kind not in ('open', 'hand-over')`,
        conv,
        EMPTY,
      )
    }
    await sql.run(
      `update parked set body = '', closed_at = case when closed_at = 0 then ?2 else closed_at end where conv = ?1`,
      conv,
      now,
    )
    for (const table of ['desk', 'desk_change', 'rating']) await sql.run(`delete from ${table} where conv = ?1`, conv)
    await sql.run('delete from vendor_conversation where conversation_key = ?1', toVendorKey(conv))
  }

  /** Takes the customer's id out of what stays. A conversation that is being worked on keeps it, and goes with retention or the next time. */
  const release = async (sql: Sql, conv: string): Promise<void> => {
    const rows = await sql.all<{ last_seq: number }>(
      `select last_seq from conversation where id = ?1 and dirty <= answered and lease_until <= ?2
         and not exists (select 1 from reply_part where reply_part.conv = ?1 and state in ('ready', 'sending'))`,
      conv,
      database.now(),
    )
    const [row] = rows
    if (row === undefined) return
    const gone = await sql.run(
      'delete from conversation where id = ?1 and last_seq = ?2 and lease_until <= ?3',
      conv,
      row.last_seq,
      database.now(),
    )
    // Somebody was quicker: the customer has written again.
    if (gone === 0) return
    await sql.run('update message set conv = null, seq = null where conv = ?1', conv)
    for (const table of ['reply_part', 'reply', 'parked']) await sql.run(`delete from ${table} where conv = ?1`, conv)
  }

  return {
    /** How many conversations there were. Doing it twice does no harm. */
    async erase(externalUserId: string, wish?: Wish): Promise<number> {
      const found = await conversationsOf(externalUserId)
      for (const { conv } of found) {
        await database.transaction(async (sql) => {
          await eraseOne(sql, conv, wish)
          // Whoever has just asked for it is answered first.
          if (wish === undefined) await release(sql, conv)
        })
      }
      return found.length
    },

    /** Undefined for a customer of whom nothing is stored. */
    async export(externalUserId: string): Promise<CustomerData | undefined> {
      const found = await conversationsOf(externalUserId)
      if (found.length === 0) return undefined
      const conversations: CustomerData['conversations'] = []
      for (const { conv, openKfId } of found) {
        const [row] = await database.all<{ last_customer_at: number; summary: string }>(
          'select last_customer_at, summary from conversation where id = ?1',
          conv,
        )
        const messages = await database.all<{
          at: number
          origin: number
          type: string
          text: string
          raw: string
        }>('select send_time as at, origin, type, text, raw from message where conv = ?1 order by seq', conv)
        const sent = await database.all<CustomerData['conversations'][number]['sent'][number]>(
          `select reply_part.created_at as at, kind, reply_part.state, payload
           from reply join reply_part on reply_part.reply_id = reply.id
           where reply.conv = ?1 and kind not in ('open', 'hand-over')
           union all select created_at, kind, state, payload from reply_part where reply_id is null and conv = ?1
           order by 1`,
          conv,
        )
        conversations.push({
          openKfId,
          lastWroteAt: row?.last_customer_at ?? 0,
          summary: row?.summary ?? '',
          messages: messages.map(({ origin, ...rest }) => ({ ...rest, from: FROM[origin] ?? 'event' })),
          sent,
          ratings: await database.all('select at, score, label from rating where conv = ?1 order by at', conv),
          handOvers: await database.all('select at, cause, summary from desk_change where conv = ?1 order by at', conv),
          leftForPeople: await database.all('select at, reason, body from parked where conv = ?1 order by at', conv),
        })
      }
      return { externalUserId, conversations }
    },
  }
}
