/** kf/sync_msg. Source: developer.work.weixin.qq.com/document/path/94670 */
import { type AccountLog, type LogEntry, readTogether } from '../account-log.ts'
import { DAY_MS, HOUR_MS } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { parseCursor, toCursor } from '../sync-cursor.ts'
import { type ApiHandler, optionalInteger, optionalString, requireString } from './api-call.ts'
import { findAccount } from './find-parties.ts'
import { toSilkId } from './media.ts'

const MAX_LIMIT = 1000

export const syncMsg: ApiHandler = (platform, { body, mishap }) => {
  const { switches, syncTokens, chance, cursorSecret } = platform
  const openKfId = (switches.syncNeedsAccount ? requireString : optionalString)(body, 'open_kfid')
  const cursor = optionalString(body, 'cursor')
  const token = optionalString(body, 'token')
  const limit = optionalInteger(body, 'limit', MAX_LIMIT)
  const voiceFormat = optionalInteger(body, 'voice_format', 0)
  if (limit < 1 || limit > MAX_LIMIT) refuse(40058, `limit must be 1 to ${MAX_LIMIT}`)
  if (voiceFormat !== 0 && voiceFormat !== 1) refuse(40058, 'voice_format must be 0 or 1')
  const logs = findLogs(platform, openKfId)
  const position = toPosition(platform, openKfId, cursor)
  if (token === '') syncTokens.spendTokenless(openKfId)
  else syncTokens.check(token, openKfId)

  if (mishap?.kind === 'empty-page' || chance.hits(switches.emptyPageChance)) {
    const salt = Math.floor(Math.random() * 2 ** 32)
    return toPage(toCursor(cursorSecret, openKfId, position, salt), true, [])
  }
  const page = readTogether(logs, position, Math.min(limit, switches.syncPageSize))
  const nextCursor = mishap?.kind === 'stuck-cursor' ? cursor : toCursor(cursorSecret, openKfId, page.next)
  if (!page.hasMore && token !== '' && !switches.syncTokenOutlivesDrain) syncTokens.spend(token)
  const entries = voiceFormat === 1 ? page.entries.map(inSilk) : page.entries
  return toPage(nextCursor, page.hasMore, mishap?.kind === 'shuffled-page' ? shuffle(entries, chance.next) : entries)
}

/** Of one account, or of all that the app may read. */
function findLogs(platform: Platform, openKfId: string): AccountLog[] {
  if (openKfId !== '') return [findAccount(platform, openKfId).log]
  return [...platform.corp.accounts.values()].flatMap(({ authorised, log }) => (authorised ? [log] : []))
}

/** A voice of this pull is downloaded in the format that the pull asked for, so its media_id is another. */
function inSilk(entry: LogEntry): LogEntry {
  const { media_id } = (entry.voice ?? {}) as { media_id?: unknown }
  return typeof media_id === 'string' ? { ...entry, voice: { media_id: toSilkId(media_id) } } : entry
}

function toPosition(platform: Platform, openKfId: string, cursor: string): number {
  if (cursor === '') return 0
  const { cursorSecret, switches, clock } = platform
  const position = parseCursor(cursorSecret, openKfId, cursor)
  if (position === undefined) refuse(switches.badCursorErrcode, 'cursor was not given out for this account')
  // An hour of slack: the clock may have been moved back after an earlier run.
  if (position > (clock.now() + HOUR_MS) * 1000) refuse(switches.badCursorErrcode, 'cursor lies in the future')
  if (switches.oldCursor === 'refused' && position < (clock.now() - 3 * DAY_MS) * 1000) {
    refuse(switches.badCursorErrcode, 'cursor is older than what is kept')
  }
  return position
}

function toPage(nextCursor: string, hasMore: boolean, entries: readonly LogEntry[]) {
  return { next_cursor: nextCursor, has_more: hasMore ? 1 : 0, msg_list: entries }
}

function shuffle(entries: readonly LogEntry[], random: () => number): LogEntry[] {
  return entries
    .map((entry) => ({ entry, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry }) => entry)
}
