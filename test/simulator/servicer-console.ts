/**
 * What a servicer does in the WeCom client, with the events that follow. Only these cause session_status_change; the API's
 * transitions do not. Source: developer.work.weixin.qq.com/document/path/94670
 */
import { z } from 'zod'
import { appendEntry, appendEvent, ORIGIN } from './append-entry.ts'
import { currentState, enterState } from './conversation.ts'
import type { Servicer } from './corp.ts'
import type { Platform } from './platform.ts'
import { refuse } from './refuse.ts'

const place = { openKfId: z.string(), externalUserId: z.string(), servicerUserId: z.string() }

export const servicerActSchema = z.discriminatedUnion('act', [
  /** Takes the customer from the pool. */
  z.strictObject({ act: z.literal('take'), ...place }),
  z.strictObject({ act: z.literal('transfer'), ...place, toUserId: z.string() }),
  z.strictObject({ act: z.literal('end'), ...place }),
  /** Opens an ended or transferred session again. */
  z.strictObject({ act: z.literal('reopen'), ...place }),
  z.strictObject({ act: z.literal('write'), ...place, text: z.string() }),
  /** Sends a message of any type; `body` as in msg_list. */
  z.strictObject({ act: z.literal('send'), ...place, msgtype: z.string().min(1), body: z.unknown().optional() }),
  z.strictObject({ act: z.literal('recall'), ...place, msgid: z.string() }),
  /** Blocks the customer, or lets them in again. */
  z.strictObject({ act: z.literal('reject'), ...place, on: z.boolean() }),
  z.strictObject({
    act: z.literal('status'),
    openKfId: z.string(),
    servicerUserId: z.string(),
    receiving: z.boolean(),
    /** When they stop: 0 stopped, 1 suspended. */
    stopType: z.union([z.literal(0), z.literal(1)]).default(0),
  }),
])

export type ServicerAct = z.output<typeof servicerActSchema>

const CHANGE = { taken: 1, transferred: 2, ended: 3, reopened: 4 } as const

/** Does what the servicer did. Refuses what the client would not offer. */
export function performServicerAct(platform: Platform, act: ServicerAct): void {
  const servicer = findServicer(platform, act.openKfId, act.servicerUserId)
  if (act.act === 'status') {
    servicer.receiving = act.receiving
    servicer.stopType = act.stopType
    appendEvent(platform, act.openKfId, '', {
      event_type: 'servicer_status_change',
      servicer_userid: act.servicerUserId,
      // Not the numbers of servicer/list.
      status: act.receiving ? 1 : 2,
      ...(act.receiving ? {} : { stop_type: act.stopType }),
    })
    return
  }
  actInSession(platform, act)
}

function actInSession(platform: Platform, act: Exclude<ServicerAct, { act: 'status' }>): void {
  const { corp, clock, tally } = platform
  const { openKfId, externalUserId, servicerUserId } = act
  if (!corp.customers.has(externalUserId)) refuse(40096, 'no such customer')
  const conversation = corp.conversation(openKfId, externalUserId)
  const state = currentState(conversation, clock.now())
  const requireState = (...allowed: number[]) => {
    if (!allowed.includes(state)) refuse(95016, `the session is in state ${state}`)
  }
  const emit = (event: Record<string, unknown> & { event_type: string }) =>
    appendEvent(platform, openKfId, externalUserId, event)

  switch (act.act) {
    case 'take':
      requireState(2)
      enterState(conversation, 3, servicerUserId)
      tally.wentToPeople(conversation)
      emit({
        event_type: 'session_status_change',
        change_type: CHANGE.taken,
        new_servicer_userid: servicerUserId,
        msg_code: corp.issueCode('taken', conversation),
      })
      break
    case 'transfer':
      requireState(3)
      if (!findServicer(platform, openKfId, act.toUserId).receiving) refuse(95019, 'they have stopped receiving')
      enterState(conversation, 3, act.toUserId)
      tally.wentToPeople(conversation)
      emit({
        event_type: 'session_status_change',
        change_type: CHANGE.transferred,
        old_servicer_userid: servicerUserId,
        new_servicer_userid: act.toUserId,
      })
      break
    case 'end':
      requireState(3)
      enterState(conversation, 4)
      emit({
        event_type: 'session_status_change',
        change_type: CHANGE.ended,
        old_servicer_userid: servicerUserId,
        msg_code: corp.issueCode('end', conversation),
      })
      break
    case 'reopen':
      requireState(3, 4)
      reopen(platform, act)
      break
    case 'write':
    case 'send':
      // A servicer who writes into an ended session opens it again.
      if (state === 4) reopen(platform, act)
      else requireState(3)
      send(platform, act)
      tally.servicerReplied(conversation, servicerUserId)
      break
    case 'recall':
      emit({ event_type: 'servicer_recall_msg', recall_msgid: act.msgid, servicer_userid: servicerUserId })
      break
    case 'reject':
      conversation.rejectsCustomer = act.on
      if (act.on) tally.customerRejected(conversation, servicerUserId)
      emit({
        event_type: 'reject_customer_msg_switch_change',
        servicer_userid: servicerUserId,
        reject_switch: act.on ? 1 : 0,
      })
      break
  }
}

function findServicer({ corp }: Platform, openKfId: string, userId: string): Servicer {
  const account = corp.accounts.get(openKfId)
  const servicer = account === undefined ? undefined : corp.servicer(account, userId)
  if (servicer === undefined) refuse(95014, 'no such servicer at this account')
  return servicer
}

interface InSession {
  openKfId: string
  externalUserId: string
  servicerUserId: string
}

function send(
  platform: Platform,
  act: InSession & ({ act: 'write'; text: string } | { act: 'send'; msgtype: string; body?: unknown }),
): void {
  const { openKfId, externalUserId, servicerUserId } = act
  const msgtype = act.act === 'write' ? 'text' : act.msgtype
  const body = act.act === 'write' ? { content: act.text } : act.body
  const origin = ORIGIN.servicer
  const msgid = appendEntry(platform, { openKfId, externalUserId, servicerUserId, origin, msgtype, body })
  platform.book.add({
    kind: 'happened',
    msgid,
    openKfId,
    externalUserId,
    event: 'servicer_message',
    servicerUserId,
    msgtype,
    body,
  })
}

function reopen(platform: Platform, { openKfId, externalUserId, servicerUserId }: InSession): void {
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  const previous = conversation.servicerUserId || servicerUserId
  enterState(conversation, 3, servicerUserId)
  appendEvent(platform, openKfId, externalUserId, {
    event_type: 'session_status_change',
    change_type: CHANGE.reopened,
    old_servicer_userid: previous,
    new_servicer_userid: servicerUserId,
  })
}
