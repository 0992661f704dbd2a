/**
 * What a customer can do in WeChat: write, send anything, come in by a link, take a message back.
 * Sources: developer.work.weixin.qq.com/document/path/94670 (types and events), path/95122 (welcome)
 */
import { appendEntry, appendEvent, ORIGIN } from './append-entry.ts'
import { currentState, noteCustomerMessage, WINDOW_MS } from './conversation.ts'
import type { Platform } from './platform.ts'
import { refuse } from './refuse.ts'

export interface Place {
  openKfId: string
  externalUserId: string
}

const MEGABYTE = 1024 * 1024
/** Bigger ones arrive as a text with a notice. Its wording is not published. */
const INBOUND_CAPS: Readonly<Record<string, { bytes: number; notice: string }>> = {
  image: { bytes: 2 * MEGABYTE, notice: '[图片超过 2MB，暂不支持接收]' },
  voice: { bytes: 2 * MEGABYTE, notice: '[语音超过 2MB，暂不支持接收]' },
  video: { bytes: 10 * MEGABYTE, notice: '[视频超过 10MB，暂不支持接收]' },
  file: { bytes: 20 * MEGABYTE, notice: '[文件超过 20MB，暂不支持接收]' },
}

export interface CustomerPhone {
  /** Returns the msgid. `menuId` when the text is a tap on a menu. */
  writes(place: Place, text: string, menuId?: string): string
  /** Sends a message of any type; `body` as it will be in msg_list. Returns the msgid. */
  sends(place: Place, msgtype: string, body: unknown): string
  /** Comes in by a link of the account. Returns the welcome code when the platform gives one. */
  enters(place: Place, scene: string, sceneParam: string): { msgid: string; welcomeCode: string | undefined }
  recalls(place: Place, msgid: string): void
}

export function createCustomerPhone(platform: Platform): CustomerPhone {
  const { corp, clock, switches, book, media } = platform

  const conversationAt = ({ openKfId, externalUserId }: Place) => {
    if (!corp.accounts.has(openKfId)) refuse(95004, 'no such account')
    if (!corp.customers.has(externalUserId)) refuse(40096, 'no such customer')
    return corp.conversation(openKfId, externalUserId)
  }

  const send = (place: Place, msgtype: string, body: unknown, isMenuTap: boolean) => {
    const conversation = conversationAt(place)
    noteCustomerMessage(conversation, clock.now(), !isMenuTap || switches.menuTapRenewsAllowance)
    const { openKfId, externalUserId } = place
    const msgid = appendEntry(platform, { openKfId, externalUserId, origin: ORIGIN.customer, msgtype, body })
    book.add({ kind: 'written', msgid, openKfId, externalUserId, msgtype, text: textOf(msgtype, body), body })
    return msgid
  }

  const oversizeNotice = (msgtype: string, body: unknown) => {
    const cap = INBOUND_CAPS[msgtype]
    const file = media.get(stringField(body, 'media_id'))
    return cap !== undefined && file !== undefined && file.bytes.length > cap.bytes ? cap.notice : undefined
  }

  return {
    writes: (place, text, menuId) => {
      const body = { content: text, ...(menuId === undefined ? {} : { menu_id: menuId }) }
      return send(place, 'text', body, menuId !== undefined)
    },
    sends: (place, msgtype, body) => {
      const notice = oversizeNotice(msgtype, body)
      return notice === undefined ? send(place, msgtype, body, false) : send(place, 'text', { content: notice }, false)
    },
    enters: (place, scene, sceneParam) => {
      const conversation = conversationAt(place)
      const { lastWrittenAt, welcomedAt } = conversation
      const since = clock.now() - WINDOW_MS
      const isNew = (lastWrittenAt ?? Number.NEGATIVE_INFINITY) <= since
      const isUnwelcomed = (welcomedAt ?? Number.NEGATIVE_INFINITY) <= since
      const welcomeCode = isNew && isUnwelcomed ? corp.issueCode('welcome', conversation) : undefined
      const msgid = appendEvent(platform, place.openKfId, place.externalUserId, {
        event_type: 'enter_session',
        scene,
        scene_param: sceneParam,
        ...(welcomeCode === undefined ? {} : { welcome_code: welcomeCode }),
      })
      return { msgid, welcomeCode }
    },
    recalls: (place, msgid) => {
      conversationAt(place)
      appendEvent(platform, place.openKfId, place.externalUserId, {
        event_type: 'user_recall_msg',
        recall_msgid: msgid,
      })
    },
  }
}

/** For people and for the page: where the conversation stands. */
export function describeConversation(platform: Platform, { openKfId, externalUserId }: Place) {
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  const now = platform.clock.now()
  const state = currentState(conversation, now)
  const { lastWrittenAt, sentSince, servicerUserId } = conversation
  const isOpen = lastWrittenAt !== undefined && now - lastWrittenAt <= WINDOW_MS
  const left = isOpen ? Math.max(0, platform.switches.messagesPerCustomerMessage - sentSince) : 0
  return { state, servicerUserId, messagesLeft: left, windowEndsAt: isOpen ? lastWrittenAt + WINDOW_MS : 0 }
}

function textOf(msgtype: string, body: unknown): string {
  return msgtype === 'text' ? stringField(body, 'content') : ''
}

function stringField(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return ''
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}
