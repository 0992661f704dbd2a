/**
 * What an entry of sync_msg with msgtype `event` says, in our words. An event that nobody has heard of is `other`: it stops nothing.
 * Source: https://developer.work.weixin.qq.com/document/path/94670
 */
import { z } from 'zod'
import type { ErrorAction } from './error-table.ts'
import { describeFailType } from './fail-type-table.ts'

export type PlatformEvent =
  /** By the customer, or by a servicer who said something wrong: neither is to be built on. */
  | { kind: 'recalled'; msgid: string }
  /** `action`: what fail-type-table.ts says is to be done. */
  | { kind: 'send-failed'; msgid: string; failType: number; action: ErrorAction }
  /** Only through a link. `code` is '' for a customer who was welcomed, or wrote, in the last 48 h. */
  | { kind: 'entered'; scene: string; sceneParam: string; code: string }
  /**
   * Only by servicers in the WeCom client; what the API does raises no event. `servicerUserId` is who has the session now, or had it when it
   * ended; `code` allows one message when it was taken or ended, else ''.
   */
  | { kind: 'session'; change: 'taken' | 'transferred' | 'ended' | 'reopened'; servicerUserId: string; code: string }
  | { kind: 'other'; name: string }

const text = z.string().optional().catch(undefined)

const entry = z.object({
  event: z.object({
    event_type: z.string(),
    recall_msgid: text,
    fail_msgid: text,
    fail_type: z.number().optional().catch(undefined),
    change_type: z.number().optional().catch(undefined),
    scene: text,
    scene_param: text,
    welcome_code: text,
    old_servicer_userid: text,
    new_servicer_userid: text,
    msg_code: text,
  }),
})

const RECALLS: ReadonlySet<string> = new Set(['user_recall_msg', 'servicer_recall_msg'])

const CHANGES: Readonly<Record<number, 'taken' | 'transferred' | 'ended' | 'reopened'>> = {
  1: 'taken',
  2: 'transferred',
  3: 'ended',
  4: 'reopened',
}

export function parsePlatformEvent(raw: string): PlatformEvent {
  const parsed = entry.safeParse(parseJson(raw))
  if (!parsed.success) return { kind: 'other', name: 'unreadable' }
  const { event } = parsed.data
  const { event_type: name, recall_msgid, fail_msgid, fail_type = 0, change_type = 0 } = event
  if (RECALLS.has(name) && recall_msgid) return { kind: 'recalled', msgid: recall_msgid }
  if (name === 'msg_send_fail' && fail_msgid) {
    const { action } = describeFailType(fail_type)
    return { kind: 'send-failed', msgid: fail_msgid, failType: fail_type, action }
  }
  if (name === 'enter_session') {
    const { scene = '', scene_param: sceneParam = '', welcome_code: code = '' } = event
    return { kind: 'entered', scene, sceneParam, code }
  }
  const change = CHANGES[change_type]
  if (name === 'session_status_change' && change !== undefined) {
    const servicerUserId = event.new_servicer_userid ?? event.old_servicer_userid ?? ''
    return { kind: 'session', change, servicerUserId, code: event.msg_code ?? '' }
  }
  return { kind: 'other', name }
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}
