/**
 * What a servicer does in the WeCom client, with the events that follow. Only these cause session_status_change; the API's
 * transitions do not. Source: developer.work.weixin.qq.com/document/path/94670
 */
import { z } from 'zod'
import { appendEntry, appendEvent, ORIGIN } from './append-entry.ts'
import { currentState, enterState } from './conversation.ts'
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
  z.strictObject({ act: z.literal('recall'), ...place, msgid: z.string() }),
  /** Blocks the customer, or lets them in again. */
  z.strictObject({ act: z.literal('reject'), ...place, on: z.boolean() }),
  z.strictObject({
    act: z.literal('status'),
    openKfId: z.string(),
    servicerUserId: z.string(),
    receiving: z.boolean(),
  }),
])

export type ServicerAct = z.output<typeof servicerActSchema>

const CHANGE = { taken: 1, transferred: 2, ended: 3, reopened: 4 } as const

/** Does what the servicer did. Refuses what the client would not offer. */
export function performServicerAct(platform: Platform, act: ServicerAct): void {
  const { corp, clock, book } = platform
  const servicer = corp.accounts.get(act.openKfId)?.servicers.get(act.servicerUserId)
  if (servicer === undefined) refuse(95014, 'no such servicer at this account')
  if (act.act === 'status') {
    servicer.receiving = act.receiving
    appendEvent(platform, act.openKfId, '', {
      event_type: 'servicer_status_change',
      servicer_userid: act.servicerUserId,
      status: act.receiving ? 1 : 2,
      ...(act.receiving ? {} : { stop_type: 0 }),
    })
    return
  }

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
      emit({
        event_type: 'session_status_change',
        change_type: CHANGE.taken,
        new_servicer_userid: servicerUserId,
        msg_code: corp.issueCode('taken', conversation),
      })
      break
    case 'transfer':
      requireState(3)
      enterState(conversation, 3, act.toUserId)
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
    case 'write': {
      // A servicer who writes into an ended session opens it again.
      if (state === 4) reopen(platform, act)
      else requireState(3)
      const body = { content: act.text }
      const origin = ORIGIN.servicer
      const msgid = appendEntry(platform, { openKfId, externalUserId, servicerUserId, origin, msgtype: 'text', body })
      book.add({ kind: 'happened', msgid, openKfId, externalUserId, event: 'servicer_message', body })
      break
    }
    case 'recall':
      emit({ event_type: 'servicer_recall_msg', recall_msgid: act.msgid, servicer_userid: servicerUserId })
      break
    case 'reject':
      emit({
        event_type: 'reject_customer_msg_switch_change',
        servicer_userid: servicerUserId,
        reject_switch: act.on ? 1 : 0,
      })
      break
  }
}

function reopen(platform: Platform, act: { openKfId: string; externalUserId: string; servicerUserId: string }): void {
  const { openKfId, externalUserId, servicerUserId } = act
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
