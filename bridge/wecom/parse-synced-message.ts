/**
 * One entry of a page of sync_msg. Nothing that a customer may have meant is lost: of an entry that is not as documented,
 * whatever can be read is kept and the whole of it stays in `raw`.
 * https://developer.work.weixin.qq.com/document/path/94670
 */
import { createHash } from 'node:crypto'
import type { SyncedMessage } from './wecom-client.ts'

export interface ParsedEntry {
  message: SyncedMessage
  /** Names of the fields that were missing or had another type than documented. */
  faults: string[]
}

type Fields = Readonly<Record<string, unknown>>

/** Undefined for what is not even an object. An event carries its ids in `event`. */
export function parseSyncedMessage(entry: unknown, openKfId: string, nowMs: number): ParsedEntry | undefined {
  if (!isFields(entry)) return undefined
  const raw = JSON.stringify(entry)
  const event = isFields(entry.event) ? entry.event : {}
  const faults: string[] = []

  function readOr<T>(field: string, value: T | undefined, fallback: T): T {
    if (value === undefined) faults.push(field)
    return value ?? fallback
  }
  const id = (field: string) => toId(entry[field]) ?? toId(event[field]) ?? ''
  const sendTime = toNumber(entry.send_time)

  const message = {
    // Derived from the content, so that the same entry is the same message when it is pulled again.
    msgid: readOr('msgid', toId(entry.msgid), `x-${createHash('sha256').update(raw).digest('hex').slice(0, 30)}`),
    openKfId: id('open_kfid') || openKfId,
    externalUserId: id('external_userid'),
    sendTime: readOr('send_time', sendTime === undefined ? undefined : sendTime * 1000, nowMs),
    origin: readOr('origin', toNumber(entry.origin), guessOrigin(entry)),
    servicerUserId: id('servicer_userid'),
    type: readOr('msgtype', toId(entry.msgtype), 'unknown'),
    raw,
  }
  return { message, faults }
}

/** When in doubt it is a customer's: then somebody is waiting. */
function guessOrigin({ msgtype, servicer_userid }: Fields): number {
  if (msgtype === 'event') return 4
  return toId(servicer_userid) === undefined ? 3 : 5
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toId(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
