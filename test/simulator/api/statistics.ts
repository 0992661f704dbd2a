/**
 * kf/get_corp_statistic and get_servicer_statistic, computed from what happened.
 * Sources: developer.work.weixin.qq.com/document/path/95489, path/95490
 */
import { chinaDayStart } from '../china-day.ts'
import { DAY_MS, HOUR_MS } from '../clock.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import type { AccountDay, ServicerDay } from '../tally.ts'
import { type ApiCall, type ApiHandler, optionalString } from './api-call.ts'
import { findAccount } from './find-parties.ts'

const MAX_DAYS = 31
const OLDEST_DAYS = 180
/** The data of a day are there the morning after. */
const READY_MS = DAY_MS + 6 * HOUR_MS

type Statistic = Readonly<Record<string, number>>

/** Without an account: the whole company. */
export const getCorpStatistic: ApiHandler = (platform, { body }) => {
  const { corp, tally } = platform
  const days = readDays(platform, body)
  const openKfIds = readAccounts(platform, body) ?? [...corp.accounts.keys()]
  return toList(platform, days, (day) => {
    const counts = openKfIds.flatMap((openKfId) => tally.accountDay(day, openKfId) ?? [])
    return counts.length === 0 ? undefined : sumOfCorp(counts)
  })
}

export const getServicerStatistic: ApiHandler = (platform, { body }) => {
  const days = readDays(platform, body)
  const [openKfId] = readAccounts(platform, body) ?? []
  const userId = optionalString(body, 'servicer_userid')
  if (userId !== '' && !platform.corp.members.has(userId)) refuse(60111, 'no such member')
  const where = { ...(openKfId === undefined ? {} : { openKfId }), ...(userId === '' ? {} : { userId }) }
  return toList(platform, days, (day) => {
    const counts = platform.tally.servicerDays(day, where)
    return counts.length === 0 ? undefined : sumOfServicers(counts)
  })
}

/** Starts of days, both ends included. */
function readDays({ clock }: Platform, body: ApiCall['body']): number[] {
  const [first, last] = [readTime(body, 'start_time'), readTime(body, 'end_time')].map((at) => chinaDayStart(at * 1000))
  if (first === undefined || last === undefined || first > last) refuse(40058, 'start_time lies after end_time')
  const today = chinaDayStart(clock.now())
  if (last >= today) refuse(40058, 'end_time must be yesterday at the latest')
  if (first < today - OLDEST_DAYS * DAY_MS) refuse(40058, `start_time lies more than ${OLDEST_DAYS} days back`)
  const count = (last - first) / DAY_MS + 1
  if (count > MAX_DAYS) refuse(40058, `at most ${MAX_DAYS} days at a time`)
  return Array.from({ length: count }, (_, index) => first + index * DAY_MS)
}

/** Unix seconds. */
function readTime(body: ApiCall['body'], name: string): number {
  const value = body[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) {
    refuse(40058, `${name} must be unix seconds`)
  }
  return value
}

function readAccounts(platform: Platform, body: ApiCall['body']): string[] | undefined {
  const openKfId = optionalString(body, 'open_kfid')
  return openKfId === '' ? undefined : [findAccount(platform, openKfId).openKfId]
}

function toList(
  { clock, switches }: Platform,
  days: readonly number[],
  statisticOf: (day: number) => Statistic | undefined,
) {
  return {
    statistic_list: days.map((day) => {
      const isReady = clock.now() >= day + READY_MS
      const statistic = isReady ? statisticOf(day) : undefined
      const isLeftOut = !isReady || (statistic === undefined && switches.emptyDayStatistic === 'absent')
      return { stat_time: day / 1000, ...(isLeftOut ? {} : { statistic: statistic ?? NOTHING }) }
    }),
  }
}

const NOTHING: Statistic = {
  session_cnt: 0,
  customer_cnt: 0,
  customer_msg_cnt: 0,
  upgrade_service_customer_cnt: 0,
  msg_rejected_customer_cnt: 0,
}

/** A rate of nothing is left out, as the page says of it. ai_knowledge_hit_rate too: nobody asks the platform's own AI. */
function sumOfCorp(days: readonly AccountDay[]): Statistic {
  const assistantSessions = union(days.map((day) => day.assistantSessions))
  const transferred = union(days.map((day) => day.transferredSessions)).intersection(assistantSessions)
  return {
    session_cnt: sum(days.map((day) => day.sessions)),
    customer_cnt: union(days.map((day) => day.customers)).size,
    customer_msg_cnt: sum(days.map((day) => day.customerMessages)),
    upgrade_service_customer_cnt: union(days.map((day) => day.upgradedCustomers)).size,
    ai_session_reply_cnt: assistantSessions.size,
    ...rate('ai_transfer_rate', transferred.size, assistantSessions.size),
    msg_rejected_customer_cnt: union(days.map((day) => day.rejectedCustomers)).size,
  }
}

function sumOfServicers(days: readonly ServicerDay[]): Statistic {
  const sessions = sum(days.map((day) => day.sessions.size))
  const replied = sum(days.map((day) => day.repliedSessions.size))
  return {
    session_cnt: sessions,
    customer_cnt: union(days.map((day) => day.customers)).size,
    customer_msg_cnt: sum(days.map((day) => day.customerMessages)),
    ...rate('reply_rate', replied, sessions),
    ...rate('first_reply_average_sec', sum(days.map((day) => day.firstReplySeconds)), replied),
    // As the platform spells it. Nobody is asked: the survey is off while the API manages an account.
    satisfaction_investgate_cnt: 0,
    upgrade_service_customer_cnt: union(days.flatMap((day) => [day.memberCustomers, day.groupCustomers])).size,
    upgrade_service_member_invite_cnt: sum(days.map((day) => day.memberInvites)),
    upgrade_service_member_customer_cnt: union(days.map((day) => day.memberCustomers)).size,
    upgrade_service_groupchat_invite_cnt: sum(days.map((day) => day.groupInvites)),
    upgrade_service_groupchat_customer_cnt: union(days.map((day) => day.groupCustomers)).size,
    msg_rejected_customer_cnt: union(days.map((day) => day.rejectedCustomers)).size,
  }
}

function rate(name: string, part: number, whole: number): Statistic {
  return whole === 0 ? {} : { [name]: part / whole }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function union(sets: readonly ReadonlySet<string>[]): Set<string> {
  return sets.reduce<Set<string>>((all, set) => all.union(set), new Set())
}
