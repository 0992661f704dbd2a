import { describe, expect, it } from 'vitest'
import { type PlatformEvent, parsePlatformEvent } from '../../../../bridge/wecom/parse-platform-event.ts'

const parse = (event: unknown) => parsePlatformEvent(JSON.stringify({ msgtype: 'event', event }))
const session = (change_type: number, more: object) => ({ event_type: 'session_status_change', change_type, ...more })

describe('parsePlatformEvent', () => {
  it.each<[object, PlatformEvent]>([
    [
      { event_type: 'user_recall_msg', recall_msgid: 'm1' },
      { kind: 'recalled', msgid: 'm1' },
    ],
    [
      { event_type: 'servicer_recall_msg', recall_msgid: 'm2', servicer_userid: 'zhangsan' },
      { kind: 'recalled', msgid: 'm2' },
    ],
    [
      { event_type: 'msg_send_fail', fail_msgid: 'm3', fail_type: 10 },
      { kind: 'send-failed', msgid: 'm3', failType: 10, action: 'hand-over' },
    ],
    [
      { event_type: 'msg_send_fail', fail_msgid: 'm3' },
      { kind: 'send-failed', msgid: 'm3', failType: 0, action: 'unknown' },
    ],
    [
      { event_type: 'enter_session', scene: 's', scene_param: 'p', welcome_code: 'c', wechat_channels: { scene: 4 } },
      { kind: 'entered', scene: 's', sceneParam: 'p', code: 'c' },
    ],
    [{ event_type: 'enter_session' }, { kind: 'entered', scene: '', sceneParam: '', code: '' }],
    [
      session(1, { new_servicer_userid: 'a', msg_code: 'c' }),
      { kind: 'session', change: 'taken', servicerUserId: 'a', code: 'c' },
    ],
    [
      session(2, { old_servicer_userid: 'a', new_servicer_userid: 'b' }),
      { kind: 'session', change: 'transferred', servicerUserId: 'b', code: '' },
    ],
    [
      session(3, { old_servicer_userid: 'a', msg_code: 'c' }),
      { kind: 'session', change: 'ended', servicerUserId: 'a', code: 'c' },
    ],
    [
      session(4, { old_servicer_userid: 'a', new_servicer_userid: 'b' }),
      { kind: 'session', change: 'reopened', servicerUserId: 'b', code: '' },
    ],
    [session(9, {}), { kind: 'other', name: 'session_status_change' }],
    [
      { event_type: 'servicer_status_change', status: 2 },
      { kind: 'other', name: 'servicer_status_change' },
    ],
    [
      { event_type: 'reject_customer_msg_switch_change', reject_switch: 1 },
      { kind: 'other', name: 'reject_customer_msg_switch_change' },
    ],
    [{ event_type: 'something_new' }, { kind: 'other', name: 'something_new' }],
  ])('reads %j', (event, expected) => {
    expect(parse(event)).toEqual(expected)
  })

  it.each([
    [{ event_type: 'user_recall_msg', recall_msgid: 5 }, 'user_recall_msg'],
    [{ event_type: 'servicer_recall_msg' }, 'servicer_recall_msg'],
    [{ event_type: 'msg_send_fail', fail_msgid: '' }, 'msg_send_fail'],
    [session('1' as never, {}), 'session_status_change'],
    [{ event_type: 7 }, 'unreadable'],
    [null, 'unreadable'],
    [[], 'unreadable'],
  ])('is stopped by none that is malformed: %j', (event, name) => {
    expect(parse(event)).toEqual({ kind: 'other', name })
  })

  it.each(['', '{', 'null', '7'])('is stopped by nothing that is no event: %j', (raw) => {
    expect(parsePlatformEvent(raw)).toEqual({ kind: 'other', name: 'unreadable' })
  })
})
