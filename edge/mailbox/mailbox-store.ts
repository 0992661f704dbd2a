/**
 * The mailbox's rows. Every account has one slot, which holds its newest nudge and is used again for the next; every
 * other event has a slot under a key of its content. A slot stays after its mail was acknowledged, so that a late
 * duplicate is recognised; the purge removes it days later.
 *
 * Numbers come from a counter of our own, because SQLite gives the number of a deleted row out again, and an old
 * acknowledgement would then hit new mail. Gaps are legal.
 *
 * All calls are synchronous and hold no `await`, so the runtime commits each as one transaction. Costs are in rows
 * written, of which the free plan has 100,000 a day; reads are a twentieth of the trouble, at 5 million. No table has
 * an index beside its key, since each entry would count as a row.
 */
import type { KeptEvent, Mail } from '../../shared/frames.ts'
import type { Nudge } from '../../shared/nudge.ts'

type MetaName = 'last_number' | 'database_id' | 'last_handshake' | 'bridge_seen_at' | 'url_checked_at' | 'last_refusal'

// A type, not an interface: the cursor asks for an index signature.
type SlotRow = {
  slot: string
  number: number
  create_time: number
  /** For sync_msg; empty for an event. */
  token: string
  /** JSON of a KeptEvent; NULL for a nudge. */
  event: string | null
  received_at: number
  /** Unix ms when the slot began to wait; NULL when what it holds was acknowledged. */
  waiting_since: number | null
}

export interface Waiting {
  pending: number
  /** Unix ms since when the longest-waiting slot waits, however often it was renewed. */
  oldestSince: number | undefined
}

export function createMailboxStore(sql: Pick<SqlStorage, 'exec'>) {
  sql.exec(`CREATE TABLE IF NOT EXISTS slots (
    slot TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    token TEXT NOT NULL,
    event TEXT,
    received_at INTEGER NOT NULL,
    waiting_since INTEGER
  ) WITHOUT ROWID`)
  sql.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID')

  function readMeta(name: MetaName): string | number | undefined {
    const [row] = sql.exec<{ value: string | number }>('SELECT value FROM meta WHERE name = ?', name).toArray()
    return row?.value
  }

  /** 1 row written. */
  function writeMeta(name: MetaName, value: string | number): void {
    sql.exec('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value).toArray()
  }

  function lastNumber(): number {
    return Number(readMeta('last_number') ?? 0)
  }

  function readSlot(slot: string): SlotRow | undefined {
    return sql.exec<SlotRow>('SELECT * FROM slots WHERE slot = ?', slot).toArray()[0]
  }

  /** 2 rows written: the counter and the slot. */
  function fill(row: Omit<SlotRow, 'number' | 'waiting_since'>): Mail {
    const number = lastNumber() + 1
    writeMeta('last_number', number)
    const { slot, create_time, token, event, received_at } = row
    sql
      .exec(
        `INSERT INTO slots VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET number = excluded.number,
          create_time = excluded.create_time, token = excluded.token, received_at = excluded.received_at,
          waiting_since = coalesce(slots.waiting_since, excluded.waiting_since)`,
        ...[slot, number, create_time, token, event, received_at, received_at],
      )
      .toArray()
    return toMail({ ...row, number })
  }

  return {
    readMeta,
    writeMeta,
    lastNumber,

    /**
     * Keeps a nudge unless the account's slot holds one that is as new. Returns the mail that now waits, or undefined for
     * a duplicate or an older one. A second token under the same second is new: two messages can share a second.
     * 2 rows written; 0 for a duplicate.
     */
    keepNudge({ openKfId, token, createTime }: Nudge, nowMs: number): Mail | undefined {
      const slot = `${ACCOUNT}${openKfId}`
      const held = readSlot(slot)
      if (held !== undefined && createTime < held.create_time) return undefined
      if (held !== undefined && createTime === held.create_time && token === held.token) return undefined
      return fill({ slot, create_time: createTime, token, event: null, received_at: nowMs })
    },

    /** Keeps an event unless its key is known. Returns as `keepNudge` does. 2 rows written; 0 for a duplicate. */
    keepEvent(key: string, event: KeptEvent, nowMs: number): Mail | undefined {
      const slot = `event:${key}`
      if (readSlot(slot) !== undefined) return undefined
      return fill({ slot, create_time: event.createTime, token: '', event: JSON.stringify(event), received_at: nowMs })
    },

    /**
     * What waits under a number above `afterNumber`, oldest number first. Reads every slot: with 60 slots and 30,000
     * acknowledgements a day, and about as many deliveries, under the 5 million rows that the free plan has to read.
     */
    waitingAfter(afterNumber: number): Mail[] {
      const query = 'SELECT * FROM slots WHERE waiting_since IS NOT NULL AND number > ? ORDER BY number'
      return sql.exec<SlotRow>(query, afterNumber).toArray().map(toMail)
    },

    /**
     * Acknowledges by number; returns how many waited. A number that was superseded, is unknown or was acknowledged
     * before does nothing. Reads every slot, once per call. 1 row written per mail, 0 for the others.
     */
    acknowledge(numbers: readonly number[]): number {
      const query = `UPDATE slots SET waiting_since = NULL
        WHERE waiting_since IS NOT NULL AND number IN (SELECT value FROM json_each(?)) RETURNING number`
      return sql.exec(query, JSON.stringify(numbers)).toArray().length
    },

    /** Nothing written. Reads every slot. */
    waiting(): Waiting {
      const query = 'SELECT count(*) AS pending, min(waiting_since) AS since FROM slots WHERE waiting_since IS NOT NULL'
      const { pending, since } = sql.exec<{ pending: number; since: number | null }>(query).one()
      return { pending, oldestSince: since ?? undefined }
    },

    /** Removes the slots that were last filled before `beforeMs`, waiting or not. 1 row written for each. */
    purge(beforeMs: number): number {
      return sql.exec('DELETE FROM slots WHERE received_at < ? RETURNING slot', beforeMs).toArray().length
    },

    /** When the newest slot was filled, in unix ms; undefined when there is none. Reads every slot. */
    newestReceivedAt(): number | undefined {
      const { newest } = sql.exec<{ newest: number | null }>('SELECT max(received_at) AS newest FROM slots').one()
      return newest ?? undefined
    },

    /** When the oldest slot was filled, in unix ms; undefined when there is none. Reads every slot. */
    oldestReceivedAt(): number | undefined {
      const { oldest } = sql.exec<{ oldest: number | null }>('SELECT min(received_at) AS oldest FROM slots').one()
      return oldest ?? undefined
    },
  }
}

export type MailboxStore = ReturnType<typeof createMailboxStore>

const ACCOUNT = 'account:'

function toMail(row: Omit<SlotRow, 'waiting_since'>): Mail {
  const { slot, number, create_time: createTime, token, event, received_at: receivedAt } = row
  if (event !== null) return { number, kind: 'event', event: JSON.parse(event) as KeptEvent, receivedAt }
  return { number, kind: 'nudge', nudge: { openKfId: slot.slice(ACCOUNT.length), token, createTime }, receivedAt }
}
