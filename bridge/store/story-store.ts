/** What became of a message, with times, from the rows alone: for people who ask for one, and for traces. */
import { type Database, first } from './database.ts'

export interface StoryMessage {
  msgid: string
  openKfId: string
  /** Null for an event that names no customer. */
  conv: string | null
  seq: number | null
  origin: number
  type: string
  state: string
  text: string
  /** By the platform's clock, whose seconds are whole. */
  sendTime: number
  receivedAt: number
  /** 0 when it needed nothing but itself to be read, or was not read yet. */
  parsedAt: number
  attempts: number
  lastError: string
}

export interface StoryReply {
  id: string
  conv: string
  fromSeq: number
  uptoSeq: number
  state: string
  answerer: string
  model: string
  inputTokens: number
  outputTokens: number
  costMicros: number
  latencyMs: number
  createdAt: number
}

export interface StoryPart {
  msgid: string
  no: number
  kind: string
  channel: string
  state: string
  inDoubt: number
  attempts: number
  err: string
  createdAt: number
  sentAt: number
}

export interface StoryParked {
  id: string
  stage: string
  reason: string
  at: number
  closedAt: number
}

export interface StoryDesk {
  state: number
  servicer: string
  cause: string
  at: number
}

export interface Story {
  message: StoryMessage
  replies: StoryReply[]
  parts: StoryPart[]
  parked: StoryParked[]
  desk: StoryDesk[]
  /** What the conversation waits for now; undefined when it is done with this message. */
  waiting: { due: number; attempts: number; lastError: string; desk: string } | undefined
}

const MESSAGE = `msgid, open_kfid as "openKfId", conv, seq, origin, type, state, text, send_time as "sendTime",
  received_at as "receivedAt", parsed_at as "parsedAt", attempts, last_error as "lastError"`
const REPLY = `id, conv, from_seq as "fromSeq", upto_seq as "uptoSeq", state, answerer, model, input_tokens as "inputTokens",
  output_tokens as "outputTokens", cost_micros as "costMicros", latency_ms as "latencyMs", created_at as "createdAt"`
const PART = `msgid, no, kind, channel, state, in_doubt as "inDoubt", attempts, err, created_at as "createdAt", sent_at as "sentAt"`
const UNSETTLED = `exists (select 1 from reply_part where reply_part.reply_id = reply.id and reply_part.state in ('ready', 'sending'))`

export function createStoryStore(database: Database) {
  const partsOf = (replyId: string): Promise<StoryPart[]> =>
    database.all<StoryPart>(`select ${PART} from reply_part where reply_id = ?1 order by no`, replyId)

  /** The customer's message that a msgid of ours is the answer to: the last one that it answers. */
  const findAnswered = async (msgid: string): Promise<StoryMessage | undefined> => {
    const part = await first(
      database.all<{ conv: string; uptoSeq: number }>(
        'select conv, upto_seq as "uptoSeq" from reply_part where msgid = ?1',
        msgid,
      ),
    )
    if (part === undefined) return undefined
    return first(
      database.all<StoryMessage>(
        `select ${MESSAGE} from message where conv = ?1 and seq <= ?2 and origin in (0, 3) order by seq desc limit 1`,
        part.conv,
        part.uptoSeq,
      ),
    )
  }

  return {
    /** By the msgid of a message of the customer, or of a part of ours. Undefined when neither is known. */
    async read(msgid: string): Promise<Story | undefined> {
      const known = await first(database.all<StoryMessage>(`select ${MESSAGE} from message where msgid = ?1`, msgid))
      const message = known ?? (await findAnswered(msgid))
      if (message === undefined) return undefined
      const { conv, seq } = message
      if (conv === null || seq === null) {
        return {
          message,
          replies: [],
          parts: [],
          parked: await parkedOf([message.msgid]),
          desk: [],
          waiting: undefined,
        }
      }
      const replies = await database.all<StoryReply>(
        `select ${REPLY} from reply where conv = ?1 and from_seq <= ?2 and upto_seq >= ?2 order by created_at`,
        conv,
        seq,
      )
      const replyParts = (await Promise.all(replies.map(({ id }) => partsOf(id)))).flat()
      // A welcome, or what the desk says on its own; also later than this message, when it was asked for.
      const loneParts = await database.all<StoryPart>(
        `select ${PART} from reply_part where conv = ?1 and reply_id is null and (upto_seq = ?2 or msgid = ?3) order by created_at`,
        conv,
        seq,
        msgid,
      )
      const parts = [...replyParts, ...loneParts]
      const keys = [
        message.msgid,
        ...replies.map(({ fromSeq }) => `${conv}#${fromSeq}`),
        ...parts.map((part) => part.msgid),
      ]
      const desk = await database.all<StoryDesk>(
        // What happened after the customer wrote again belongs to that.
        `select state, servicer, cause, at from desk_change where conv = ?1 and at >= ?2
           and at < coalesce((select min(received_at) from message where conv = ?1 and seq > ?3 and origin = 3 and received_at > ?2), ?4)
         order by at, id limit 20`,
        conv,
        message.receivedAt,
        Math.max(seq, ...replies.map(({ uptoSeq }) => uptoSeq)),
        Number.MAX_SAFE_INTEGER,
      )
      const waiting = await first(
        database.all<{ due: number; attempts: number; lastError: string; desk: string }>(
          `select due, attempts, last_error as "lastError", desk from conversation
           where id = ?1 and answered < ?2 and dirty >= ?2`,
          conv,
          seq,
        ),
      )
      return { message, replies, parts, parked: await parkedOf(keys), desk, waiting }
    },

    /** Answers after this place that nothing is to be done for any more, in order. */
    settledReplies: (after: { at: number; id: string }, until: number, limit: number): Promise<StoryReply[]> =>
      database.all<StoryReply>(
        `select ${REPLY} from reply
         where (created_at > ?1 or (created_at = ?1 and id > ?2)) and created_at <= ?3 and not ${UNSETTLED}
         order by created_at, id limit ?4`,
        after.at,
        after.id,
        until,
        limit,
      ),
    /** The oldest answer after this place that still has something to send, unix ms. */
    async oldestUnsettled(after: { at: number; id: string }): Promise<number | undefined> {
      const row = await first(
        database.all<{ at: number | null }>(
          `select min(created_at) as at from reply
           where (created_at > ?1 or (created_at = ?1 and id > ?2)) and ${UNSETTLED}`,
          after.at,
          after.id,
        ),
      )
      return row?.at ?? undefined
    },
    partsOf,
    /** What an answer is for. */
    messagesOf: ({ conv, fromSeq, uptoSeq }: StoryReply): Promise<StoryMessage[]> =>
      database.all<StoryMessage>(
        `select ${MESSAGE} from message where conv = ?1 and seq >= ?2 and seq <= ?3 and origin in (0, 3) order by seq`,
        conv,
        fromSeq,
        uptoSeq,
      ),
  }

  async function parkedOf(keys: readonly string[]): Promise<StoryParked[]> {
    const found = await Promise.all(
      keys.map((key) =>
        database.all<StoryParked>(
          'select id, stage, reason, at, closed_at as "closedAt" from parked where key = ?1 order by at',
          key,
        ),
      ),
    )
    return found.flat()
  }
}

export type StoryStore = ReturnType<typeof createStoryStore>
