/**
 * Judges a run by nothing but what the simulator recorded: what customers wrote and what reached them. It knows no table, no log and no
 * word of the program under test. The model echoes the id of every message in its turn, so an answer proves what it is for; an
 * answer without an id is an apology.
 */
import type { RecordOf, SimulatorRecord } from '../simulator/record-book.ts'

export interface Verdict {
  written: number
  answeredOnce: number
  /** Ids of wrong ones, for the search for the cause. */
  answeredTwice: string[]
  lost: string[]
  /** Named after one that was written later. */
  outOfOrder: string[]
  /** Named in an answer to somebody who did not write it. */
  toTheWrongCustomer: string[]
  /** Never answered, but the customer was told so. */
  apologised: string[]
  /** Answered, but the platform took the answer, did not deliver it and said so: not ours to repeat, a person is to see it. */
  undelivered: string[]
  /** Answers and apologies that the platform did not deliver. */
  answersUndelivered: number
  /** Apologies with nothing left unanswered that they could be for. */
  needlessApologies: number
  /** Pairs of one second that a page in another order has swapped: nothing in it tells which came first. */
  swappedByPlatform: number
  answers: number
  resendsRefused: number
  faults: number
  callbacksLost: number
}

export const MESSAGE_ID = /m\d{5}/g
/** The rest of a long answer names itself, so that one that comes twice is found. */
const REST_ID = /n\d{5}/g
const RESEND_REFUSED = 95033
/** send_time counts seconds. */
const SECOND_MS = 1000

interface Message {
  id: string
  place: number
  seq: number
  at: number
}

type Event =
  | { kind: 'wrote'; message: Message }
  | { kind: 'got'; ids: string[]; seq: number }
  /** The customer never saw it. */
  | { kind: 'missed'; ids: string[]; seq: number }

export function checkRecords(records: readonly SimulatorRecord[]): Verdict {
  const verdict: Verdict = {
    written: 0,
    answeredOnce: 0,
    answeredTwice: [],
    lost: [],
    outOfOrder: [],
    toTheWrongCustomer: [],
    apologised: [],
    undelivered: [],
    answersUndelivered: records.filter(({ kind }) => kind === 'undelivered').length,
    needlessApologies: 0,
    swappedByPlatform: 0,
    answers: records.filter(({ kind }) => kind === 'delivered').length,
    resendsRefused: records.filter((record) => record.kind === 'refused' && record.errcode === RESEND_REFUSED).length,
    faults: records.filter((record) => record.kind === 'faulted' || (record.kind === 'refused' && record.injected))
      .length,
    callbacksLost: records.filter(
      (record) => record.kind === 'callback' && !record.willRetry && record.outcome !== 'accepted',
    ).length,
  }
  const shuffles = records.filter((record) => record.kind === 'faulted' && record.action === 'shuffled-page')
  const isShuffledBetween = (from: number, to: number) => shuffles.some(({ seq }) => seq > from && seq < to)
  const rests = records.flatMap((record) => (record.kind === 'delivered' ? (record.text.match(REST_ID) ?? []) : []))
  verdict.answeredTwice.push(...rests.filter((id, index) => rests.indexOf(id) !== index))
  for (const events of toConversations(records).values()) judge(events, verdict, isShuffledBetween)
  return verdict
}

function toConversations(records: readonly SimulatorRecord[]): Map<string, Event[]> {
  const conversations = new Map<string, Event[]>()
  const counts = new Map<string, number>()
  for (const record of records) {
    if (record.kind !== 'written' && record.kind !== 'delivered' && record.kind !== 'undelivered') continue
    const key = `${record.openKfId} ${record.externalUserId}`
    const events = conversations.get(key) ?? []
    conversations.set(key, events)
    if (record.kind !== 'written') {
      const ids = record.text.match(MESSAGE_ID) ?? []
      // An apology that did not arrive is for something all the same.
      const kind = record.kind === 'delivered' || ids.length === 0 ? 'got' : 'missed'
      if (ids.length === 0 && record.text.match(REST_ID) !== null) continue
      events.push({ kind, ids, seq: record.seq })
      continue
    }
    const id = idOf(record)
    if (id === undefined) continue
    const place = counts.get(key) ?? 0
    counts.set(key, place + 1)
    events.push({ kind: 'wrote', message: { id, place, seq: record.seq, at: record.at } })
  }
  return conversations
}

function idOf({ text, body }: RecordOf<'written'>): string | undefined {
  return (text || JSON.stringify(body ?? '')).match(MESSAGE_ID)?.[0]
}

function judge(
  events: readonly Event[],
  verdict: Verdict,
  isShuffledBetween: (from: number, to: number) => boolean,
): void {
  const messages = new Map(
    events.flatMap((event) => (event.kind === 'wrote' ? [[event.message.id, event.message]] : [])),
  )
  const named = new Map<string, number>()
  const missed = new Set<string>()
  let last: Message | undefined
  for (const event of events) {
    if (event.kind === 'wrote') continue
    if (event.kind === 'missed') {
      for (const id of event.ids) {
        if (messages.has(id)) missed.add(id)
        else verdict.toTheWrongCustomer.push(id)
      }
      continue
    }
    for (const id of event.ids) {
      const message = messages.get(id)
      if (message === undefined) {
        verdict.toTheWrongCustomer.push(id)
        continue
      }
      named.set(id, (named.get(id) ?? 0) + 1)
      if (last !== undefined && message.place < last.place && named.get(id) === 1) {
        const isOneSecond = Math.abs(last.at - message.at) < SECOND_MS
        const isExcused = isOneSecond && event.ids.includes(last.id) && isShuffledBetween(last.seq, event.seq)
        if (isExcused) verdict.swappedByPlatform += 1
        else verdict.outOfOrder.push(id)
      }
      if (last === undefined || message.place > last.place) last = message
    }
  }
  verdict.written += messages.size
  for (const [id, times] of named) {
    if (times === 1) verdict.answeredOnce += 1
    else verdict.answeredTwice.push(id)
  }
  for (const id of missed) {
    if (named.has(id)) continue
    verdict.undelivered.push(id)
    named.set(id, 0)
  }
  judgeUnanswered(events, named, verdict)
}

/**
 * An apology does not say what it is for. Answers come in order, so it can only be for messages that were written before it, that
 * nobody ever named, and that lie between the answers around it. One that can be for none is one answer too many.
 */
function judgeUnanswered(events: readonly Event[], named: ReadonlyMap<string, number>, verdict: Verdict): void {
  const places = new Map(
    events.flatMap((event) => (event.kind === 'wrote' ? [[event.message.id, event.message.place]] : [])),
  )
  const placesOf = (event: Event) => (event.kind === 'got' ? event.ids.flatMap((id) => places.get(id) ?? []) : [])
  const open = new Map<string, Message>()
  for (const event of events) {
    if (event.kind === 'wrote' && !named.has(event.message.id)) open.set(event.message.id, event.message)
  }
  // Apologies between the same two answers share their messages.
  let after = -1
  let shared: { count: number; seq: number } = { count: 0, seq: 0 }
  const settle = (before: number) => {
    if (shared.count === 0) return
    const covered = [...open.values()].filter(({ place, seq }) => place > after && place < before && seq < shared.seq)
    for (const { id } of covered) {
      verdict.apologised.push(id)
      open.delete(id)
    }
    verdict.needlessApologies += Math.max(0, shared.count - covered.length)
    shared = { count: 0, seq: 0 }
  }
  for (const event of events) {
    if (event.kind !== 'got') continue
    const found = placesOf(event)
    if (event.ids.length === 0) shared = { count: shared.count + 1, seq: event.seq }
    else if (found.length > 0) {
      settle(Math.min(...found))
      after = Math.max(after, ...found)
    }
  }
  settle(Number.POSITIVE_INFINITY)
  verdict.lost.push(...open.keys())
}

/** How many things went wrong that must never go wrong. */
export function countWrong(verdict: Verdict): number {
  const { answeredTwice, lost, outOfOrder, toTheWrongCustomer, needlessApologies } = verdict
  return answeredTwice.length + lost.length + outOfOrder.length + toTheWrongCustomer.length + needlessApologies
}

/** True when nothing is left to wait for. */
export function isAccountedFor(verdict: Verdict): boolean {
  return verdict.lost.length === 0
}
