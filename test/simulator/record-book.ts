/**
 * What happened, in order, under one running number: the only thing that an independent checker needs, and what the phone
 * page shows live. Nothing here comes from the program under test except what it delivered.
 */

/** A customer's message as it went into the account's log. */
export interface WrittenRecord {
  kind: 'written'
  msgid: string
  openKfId: string
  externalUserId: string
  msgtype: string
  /** Of a text message; '' otherwise. */
  text: string
  /** The body under the key named like msgtype. */
  body: unknown
}

/** A message that reached the customer. */
export interface DeliveredRecord {
  kind: 'delivered'
  msgid: string
  openKfId: string
  externalUserId: string
  msgtype: string
  /** As the customer reads it, cut to 2048 bytes; '' when it is no text. */
  text: string
  body: unknown
  /** True when the platform cut something off. */
  cut: boolean
  endpoint: string
}

/** A message that the API sent and that will not arrive, although it was accepted. A msg_send_fail follows. */
export interface UndeliveredRecord {
  kind: 'undelivered'
  msgid: string
  openKfId: string
  externalUserId: string
  msgtype: string
  text: string
  body: unknown
  cut: boolean
  endpoint: string
  failType: number
}

/** A customer's message that went nowhere, because a servicer has blocked them. */
export interface BlockedRecord {
  kind: 'blocked'
  openKfId: string
  externalUserId: string
  msgtype: string
  text: string
  body: unknown
}

/** The API took a message of its own back. */
export interface RecalledRecord {
  kind: 'recalled'
  msgid: string
  openKfId: string
  externalUserId: string
}

/** The API offered the customer a member or a group chat, or took the offer back. */
export interface OfferedRecord {
  kind: 'offered'
  openKfId: string
  externalUserId: string
  what: 'member' | 'groupchat' | 'cancelled'
  /** userid or chat_id; '' when cancelled. */
  target: string
  wording: string
}

/** A system event or a servicer's message that went into the account's log. */
export interface HappenedRecord {
  kind: 'happened'
  msgid: string
  openKfId: string
  externalUserId: string
  /** event_type, or `servicer_message`. */
  event: string
  /** Of a servicer's message. */
  servicerUserId?: string
  msgtype?: string
  body: unknown
}

export interface RefusedRecord {
  kind: 'refused'
  endpoint: string
  errcode: number
  /** In Chinese, for people. */
  meaning: string
  why: string
  /** '' when the call named none. */
  openKfId: string
  externalUserId: string
  msgid: string
  /** True when a fault rule did it and no rule of the platform. */
  injected: boolean
}

/** A fault rule that was applied, other than a refusal. */
export interface FaultedRecord {
  kind: 'faulted'
  endpoint: string
  action: string
}

export interface CallbackRecord {
  kind: 'callback'
  /** One number per callback; its tries share it. */
  callback: number
  openKfId: string
  /** 1 to 3; 0 when it was not posted at all. */
  attempt: number
  outcome: 'accepted' | 'refused' | 'timeout' | 'unreachable' | 'lost' | 'not-configured'
  /** HTTP status, 0 without an answer. */
  status: number
  /** Network error code such as ECONNREFUSED, or ''. */
  error: string
  ms: number
  /** True when another try follows. */
  willRetry: boolean
}

/** A conversation, the callback settings or the customers changed: the page asks again. */
export interface ChangedRecord {
  kind: 'changed'
  openKfId: string
  externalUserId: string
}

export type Entry =
  | WrittenRecord
  | DeliveredRecord
  | UndeliveredRecord
  | BlockedRecord
  | RecalledRecord
  | OfferedRecord
  | HappenedRecord
  | RefusedRecord
  | FaultedRecord
  | CallbackRecord
  | ChangedRecord

/** `seq` begins at 1 and has no gaps, `at` is unix milliseconds on the simulator's clock. */
export type SimulatorRecord = Entry & { seq: number; at: number }
export type RecordOf<K extends Entry['kind']> = Extract<SimulatorRecord, { kind: K }>

export interface RecordBook {
  add(entry: Entry): SimulatorRecord
  /** Records after `since`, oldest first, at most `limit`. */
  list(since?: number, limit?: number): SimulatorRecord[]
  only<K extends Entry['kind']>(kind: K): RecordOf<K>[]
  /** Everything of one conversation, oldest first. */
  ofConversation(openKfId: string, externalUserId: string): readonly SimulatorRecord[]
  lastSeq(): number
  /** Forgets what was recorded; the numbers go on. */
  clear(): void
  /** Returns the function that ends the subscription. */
  subscribe(listener: (record: SimulatorRecord) => void): () => void
}

export function createRecordBook(now: () => number): RecordBook {
  let records: SimulatorRecord[] = []
  const byKind = new Map<Entry['kind'], SimulatorRecord[]>()
  const conversations = new Map<string, SimulatorRecord[]>()
  const listeners = new Set<(record: SimulatorRecord) => void>()
  let seq = 0

  const index = (record: Exclude<SimulatorRecord, { kind: 'changed' }>) => {
    const ofKind = byKind.get(record.kind)
    if (ofKind === undefined) byKind.set(record.kind, [record])
    else ofKind.push(record)
    if (!('externalUserId' in record) || record.externalUserId === '') return
    const key = `${record.openKfId} ${record.externalUserId}`
    const list = conversations.get(key)
    if (list === undefined) conversations.set(key, [record])
    else list.push(record)
  }

  return {
    add: (entry) => {
      seq += 1
      const record = { seq, at: now(), ...entry }
      // A change is news for the page and nothing to check.
      if (record.kind !== 'changed') {
        records.push(record)
        index(record)
      }
      for (const listener of listeners) listener(record)
      return record
    },
    list: (since = 0, limit = Number.POSITIVE_INFINITY) => {
      const start = firstAfter(records, since)
      return records.slice(start, start + limit)
    },
    // What is under a kind was put there by that kind.
    only: <K extends Entry['kind']>(kind: K) => [...(byKind.get(kind) ?? [])] as RecordOf<K>[],
    ofConversation: (openKfId, externalUserId) => conversations.get(`${openKfId} ${externalUserId}`) ?? [],
    lastSeq: () => seq,
    clear: () => {
      records = []
      byKind.clear()
      conversations.clear()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function firstAfter(records: readonly SimulatorRecord[], since: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((records[middle]?.seq ?? 0) <= since) low = middle + 1
    else high = middle
  }
  return low
}
