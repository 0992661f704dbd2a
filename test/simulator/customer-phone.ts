/**
 * What a customer can do in WeChat: write, send anything, come in by a link, take a message back, block the account.
 * Sources: developer.work.weixin.qq.com/document/path/94670 (types and events), path/95122 (welcome)
 */
import { appendEntry, appendEvent, ORIGIN } from './append-entry.ts'
import { currentState, noteCustomerMessage, WINDOW_MS } from './conversation.ts'
import type { EnterContext } from './corp.ts'
import type { Platform } from './platform.ts'
import { refuse } from './refuse.ts'
import type { UpgradeKind } from './tally.ts'

export interface Place {
  openKfId: string
  externalUserId: string
}

const MEGABYTE = 1024 * 1024
/** Bigger ones arrive as a text with a notice. */
const INBOUND_CAPS: Readonly<Record<string, { megabytes: number; kind: string }>> = {
  image: { megabytes: 2, kind: '图片' },
  voice: { megabytes: 2, kind: '语音' },
  video: { megabytes: 10, kind: '视频' },
  file: { megabytes: 20, kind: '文件' },
}
/** Types that customers of a company in native mode cannot send. */
const NOT_IN_NATIVE = ['link', 'business_card', 'msgmenu', 'meeting', 'calendar']
const LINK = 'https://work.weixin.qq.com/kfid/'
const MAX_SCENE_PARAM_BYTES = 128

export interface CustomerPhone {
  /** Returns the msgid, '' when a servicer has blocked the customer. `menuId` when the text is a tap on a menu. */
  writes(place: Place, text: string, menuId?: string): string
  /** Sends a message of any type; `body` as it will be in msg_list. Returns the msgid as `writes` does. */
  sends(place: Place, msgtype: string, body: unknown): string
  /** Comes in by a link of the account. Returns the welcome code when the platform gives one. */
  enters(place: Place, context: Partial<EnterContext>): { msgid: string; welcomeCode: string | undefined }
  /** Opens a link that add_contact_way made, with or without `&scene_param=`. Refuses any other. */
  opensLink(externalUserId: string, url: string): { openKfId: string; msgid: string; welcomeCode: string | undefined }
  recalls(place: Place, msgid: string): void
  /** Stops taking messages of the account, or takes them again. */
  blocks(place: Place, on: boolean): void
  /** Adds the member or joins the group that the API has offered. */
  acceptsOffer(place: Place, kind: UpgradeKind): void
}

export function createCustomerPhone(platform: Platform): CustomerPhone {
  const { corp, clock, switches, book, media, tally } = platform

  const find = ({ openKfId, externalUserId }: Place) => {
    if (!corp.accounts.has(openKfId)) refuse(95004, 'no such account')
    const customer = corp.customers.get(externalUserId)
    if (customer === undefined) refuse(40096, 'no such customer')
    return { customer, conversation: corp.conversation(openKfId, externalUserId) }
  }

  const send = (place: Place, msgtype: string, body: unknown, isTap: boolean) => {
    const { openKfId, externalUserId } = place
    const { customer, conversation } = find(place)
    if (switches.mode === 'native' && NOT_IN_NATIVE.includes(msgtype)) {
      refuse(40008, `customers cannot send ${msgtype} in native mode`)
    }
    const text = textOf(msgtype, body)
    if (conversation.rejectsCustomer) {
      book.add({ kind: 'blocked', openKfId, externalUserId, msgtype, text, body })
      return ''
    }
    const renewsAllowance = !isTap || switches.menuTapRenewsAllowance
    const isNewSession = noteCustomerMessage(conversation, clock.now(), { isTap, renewsAllowance })
    customer.seenAt = clock.now()
    tally.customerWrote(conversation, isNewSession)
    const msgid = appendEntry(platform, { openKfId, externalUserId, origin: ORIGIN.customer, msgtype, body })
    book.add({ kind: 'written', msgid, openKfId, externalUserId, msgtype, text, body })
    return msgid
  }

  const oversizeNotice = (msgtype: string, body: unknown) => {
    const cap = INBOUND_CAPS[msgtype]
    const file = media.get(stringField(body, 'media_id'))
    if (cap === undefined || file === undefined || file.bytes.length <= cap.megabytes * MEGABYTE) return undefined
    return switches.oversizeNotice.replace('{kind}', cap.kind).replace('{limit}', `${cap.megabytes}MB`)
  }

  const enter = (place: Place, given: Partial<EnterContext>) => {
    const { customer, conversation } = find(place)
    const { scene = '', sceneParam = '', wechatChannels } = given
    const { lastWrittenAt, welcomedAt } = conversation
    const since = clock.now() - WINDOW_MS
    const isNew = (lastWrittenAt ?? Number.NEGATIVE_INFINITY) <= since
    const isUnwelcomed = (welcomedAt ?? Number.NEGATIVE_INFINITY) <= since
    const welcomeCode = isNew && isUnwelcomed ? corp.issueCode('welcome', conversation) : undefined
    customer.seenAt = clock.now()
    customer.entered = { at: clock.now(), context: { scene, sceneParam, wechatChannels } }
    const msgid = appendEvent(platform, place.openKfId, place.externalUserId, {
      event_type: 'enter_session',
      scene,
      scene_param: sceneParam,
      ...(welcomeCode === undefined ? {} : { welcome_code: welcomeCode }),
      ...(wechatChannels === undefined ? {} : { wechat_channels: wechatChannels }),
    })
    return { msgid, welcomeCode }
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
    enters: enter,
    opensLink: (externalUserId, given) => {
      const url = URL.canParse(given) && given.startsWith(LINK) ? new URL(given) : undefined
      const way = corp.contactWays.get(url?.searchParams.get('enc_scene') ?? url?.pathname.split('/').at(-1) ?? '')
      if (url === undefined || way === undefined) refuse(40039, 'this is no link of a customer service account')
      const { openKfId, scene } = way
      const sceneParam = url.searchParams.get('scene_param') ?? ''
      if (sceneParam !== '' && scene === '') refuse(40058, 'scene_param needs a link with a scene')
      if (Buffer.byteLength(sceneParam) > MAX_SCENE_PARAM_BYTES) refuse(40058, 'scene_param has at most 128 bytes')
      return { openKfId, ...enter({ openKfId, externalUserId }, { scene, sceneParam }) }
    },
    recalls: (place, msgid) => {
      find(place)
      appendEvent(platform, place.openKfId, place.externalUserId, {
        event_type: 'user_recall_msg',
        recall_msgid: msgid,
      })
    },
    blocks: (place, on) => {
      find(place).conversation.blockedByCustomer = on
      book.add({ kind: 'changed', ...place })
    },
    acceptsOffer: (place, kind) => tally.upgradeTaken(find(place).conversation, kind),
  }
}

/** For people and for the page: where the conversation stands. */
export function describeConversation(platform: Platform, { openKfId, externalUserId }: Place) {
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  const now = platform.clock.now()
  const state = currentState(conversation, now)
  const { lastWrittenAt, sentSince, servicerUserId, rejectsCustomer, blockedByCustomer } = conversation
  const isOpen = lastWrittenAt !== undefined && now - lastWrittenAt <= WINDOW_MS
  const left = isOpen ? Math.max(0, platform.switches.messagesPerCustomerMessage - sentSince) : 0
  const windowEndsAt = isOpen ? lastWrittenAt + WINDOW_MS : 0
  return { state, servicerUserId, messagesLeft: left, windowEndsAt, rejectsCustomer, blockedByCustomer }
}

function textOf(msgtype: string, body: unknown): string {
  return msgtype === 'text' ? stringField(body, 'content') : ''
}

function stringField(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return ''
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}
