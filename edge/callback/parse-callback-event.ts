/**
 * What an authentic callback means to us. `kf_msg_or_event` becomes a nudge, `kf_account_auth_change` an event that is
 * kept, and all else, readable or not, a name for the log: the same URL also receives the app's ordinary events, and
 * refusing an authentic one would only make the platform send it again.
 * Source: developer.work.weixin.qq.com/document/path/97712
 */
import type { KeptEvent } from '../../shared/frames.ts'
import { EVERY_ACCOUNT, type Nudge } from '../../shared/nudge.ts'
import { type Fields, parseFields } from './parse-fields.ts'

export type CallbackEvent =
  | { kind: 'nudge'; nudge: Nudge }
  | { kind: 'event'; event: KeptEvent }
  | { kind: 'ignored'; name: string }

/** Never throws. `nowMs` stands in for a missing CreateTime and limits one that lies ahead. */
export function parseCallbackEvent(message: string, nowMs: number): CallbackEvent {
  let fields: Fields
  try {
    fields = parseFields(message)
  } catch {
    return { kind: 'ignored', name: 'unreadable' }
  }
  const [name] = fields('Event')
  const createTime = toCreateTime(fields('CreateTime')[0], nowMs)
  switch (name) {
    case 'kf_msg_or_event': {
      // Real callbacks have come without OpenKfId, and the message may be anybody's then.
      const [openKfId = EVERY_ACCOUNT] = fields('OpenKfId')
      const [token = ''] = fields('Token')
      return { kind: 'nudge', nudge: { openKfId, token, createTime } }
    }
    case 'kf_account_auth_change':
      return {
        kind: 'event',
        event: {
          name,
          createTime,
          addedOpenKfIds: fields('AuthAddOpenKfId'),
          removedOpenKfIds: fields('AuthDelOpenKfId'),
        },
      }
    default:
      return { kind: 'ignored', name: toLoggableName(name ?? fields('MsgType')[0]) }
  }
}

// A time that lies ahead would make every later nudge of the account look old.
function toCreateTime(text: string | undefined, nowMs: number): number {
  const now = Math.floor(nowMs / 1000)
  const createTime = Number(text ?? Number.NaN)
  return Number.isSafeInteger(createTime) && createTime > 0 ? Math.min(createTime, now + 60) : now
}

// Names of events are identifiers. Anything else could be somebody's words and stays out of the log.
function toLoggableName(name: string | undefined): string {
  return name !== undefined && /^[A-Za-z0-9_]{1,64}$/.test(name) ? name : 'unnamed'
}
