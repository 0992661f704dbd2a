/**
 * What an entry of sync_msg with msgtype `event` says, in our words. An event that nobody has heard of is `other`: it stops nothing.
 * Source: https://developer.work.weixin.qq.com/document/path/94670
 */
import { z } from 'zod'

export type PlatformEvent =
  | { kind: 'recalled'; msgid: string }
  | { kind: 'send-failed'; msgid: string; failType: number }
  /** Only by servicers in the WeCom client; what the API does raises no event. */
  | { kind: 'session'; change: 'taken' | 'transferred' | 'ended' | 'reopened' }
  | { kind: 'other'; name: string }

const entry = z.object({
  event: z.object({
    event_type: z.string(),
    recall_msgid: z.string().optional().catch(undefined),
    fail_msgid: z.string().optional().catch(undefined),
    fail_type: z.number().optional().catch(undefined),
    change_type: z.number().optional().catch(undefined),
  }),
})

const CHANGES: Readonly<Record<number, 'taken' | 'transferred' | 'ended' | 'reopened'>> = {
  1: 'taken',
  2: 'transferred',
  3: 'ended',
  4: 'reopened',
}

export function parsePlatformEvent(raw: string): PlatformEvent {
  const parsed = entry.safeParse(parseJson(raw))
  if (!parsed.success) return { kind: 'other', name: 'unreadable' }
  const { event_type: name, recall_msgid, fail_msgid, fail_type = 0, change_type = 0 } = parsed.data.event
  if (name === 'user_recall_msg' && recall_msgid) return { kind: 'recalled', msgid: recall_msgid }
  if (name === 'msg_send_fail' && fail_msgid) return { kind: 'send-failed', msgid: fail_msgid, failType: fail_type }
  const change = CHANGES[change_type]
  if (name === 'session_status_change' && change !== undefined) return { kind: 'session', change }
  return { kind: 'other', name }
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}
