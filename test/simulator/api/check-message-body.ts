/**
 * What may be in an outgoing message of each type, and what of it is cut off. Source: path/94677
 * Order as the platform's: type, then fields, then media.
 */
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { type ApiCall, optionalString, requireObject, requireString } from './api-call.ts'
import { findMedia } from './media.ts'

export interface OutgoingBody {
  msgtype: string
  /** As the customer gets it. */
  body: Readonly<Record<string, unknown>>
  text: string
  cut: boolean
}

type Fields = Readonly<Record<string, unknown>>
type Checked = Pick<OutgoingBody, 'body'> & Partial<OutgoingBody>

const MAX_TEXT_BYTES = 2048
const MAX_MENU_BUTTONS = 10

export interface BodyLimits {
  /** What is allowed here; all types when left out. */
  types?: readonly string[]
  menuItems: number
}

/** Refuses with 40008, 44004, 40007, 40058, 40039, 40094, 60111, 90207, 95008, 95009, 95022. */
export function checkMessageBody(platform: Platform, body: ApiCall['body'], limits: BodyLimits): OutgoingBody {
  const { mode, lackingMsgtypeErrcode } = platform.switches
  const msgtype = requireString(body, 'msgtype')
  const check = CHECKS[msgtype]
  if (check === undefined || (limits.types !== undefined && !limits.types.includes(msgtype))) {
    refuse(40008, `msgtype ${msgtype.slice(0, 32)} is not allowed here`)
  }
  if (NATIVE_ONLY.includes(msgtype) && mode !== 'native' && lackingMsgtypeErrcode !== null) {
    refuse(lackingMsgtypeErrcode, `${msgtype} is documented for native mode only`)
  }
  return { msgtype, text: '', cut: false, ...check(platform, requireObject(body, msgtype), limits) }
}

const NATIVE_ONLY = ['business_card']

const CHECKS: Readonly<Record<string, (platform: Platform, fields: Fields, limits: BodyLimits) => Checked>> = {
  text: (_platform, fields) => {
    const content = fields.content
    if (typeof content !== 'string' || content === '') refuse(44004, 'text.content is empty')
    const text = cutToBytes(content, MAX_TEXT_BYTES)
    return { body: { content: text }, text, cut: text !== content }
  },
  image: checkMedia('image'),
  voice: checkMedia('voice'),
  video: checkMedia('video'),
  file: checkMedia('file'),
  link: (platform, fields) => {
    const title = requireString(fields, 'title')
    const desc = optionalString(fields, 'desc')
    const url = checkUrl(requireString(fields, 'url'))
    requireMedia(platform, requireString(fields, 'thumb_media_id'), 'image')
    const cutTitle = cutToBytes(title, 128)
    const cutDesc = cutToBytes(desc, 512)
    return { body: { ...fields, title: cutTitle, desc: cutDesc, url }, cut: cutTitle !== title || cutDesc !== desc }
  },
  miniprogram: (platform, fields) => {
    if (!/^wx[0-9A-Za-z]+$/.test(requireString(fields, 'appid'))) refuse(90207, 'appid is no mini programme')
    const title = optionalString(fields, 'title')
    requireMedia(platform, requireString(fields, 'thumb_media_id'), 'image')
    if (!/\.html(\?|$)/.test(requireString(fields, 'pagepath'))) refuse(40058, 'pagepath must end in .html')
    const cutTitle = cutToBytes(title, 64)
    return { body: { ...fields, title: cutTitle }, cut: cutTitle !== title }
  },
  msgmenu: (_platform, fields, { menuItems }) => ({ body: checkMenu(fields, menuItems) }),
  location: (_platform, fields) => {
    const { latitude, longitude } = fields
    if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) refuse(95022, 'latitude or longitude is out of range')
    return { body: fields }
  },
  ca_link: (_platform, fields) => {
    const url = checkUrl(requireString(fields, 'link_url'))
    if (!url.startsWith('https://work.weixin.qq.com/ca/')) refuse(40039, 'link_url is no link for new customers')
    return { body: fields }
  },
  business_card: (platform, fields) => {
    const userId = requireString(fields, 'userid')
    if (!platform.corp.members.has(userId)) refuse(60111, 'no such member')
    return { body: fields }
  },
}

function checkMedia(type: string) {
  return (platform: Platform, fields: Fields): Checked => {
    requireMedia(platform, requireString(fields, 'media_id'), type)
    return { body: fields }
  }
}

function requireMedia(platform: Platform, mediaId: string, type: string): void {
  const file = findMedia(platform, mediaId)
  if (file.type !== type) refuse(40007, `media_id was uploaded as ${file.type}, not as ${type}`)
}

function checkMenu(fields: Fields, maxItems: number): Fields {
  requireBytes(optionalString(fields, 'head_content'), 0, 1024, 'head_content')
  requireBytes(optionalString(fields, 'tail_content'), 0, 1024, 'tail_content')
  const list = fields.list ?? []
  if (!Array.isArray(list)) refuse(40058, 'msgmenu.list must be a list')
  if (list.length > maxItems) refuse(95008, `more than ${maxItems} menu items`)
  const types = list.map(checkMenuItem)
  const buttons = types.filter((type) => type !== 'text').length
  if (buttons > MAX_MENU_BUTTONS) refuse(95008, `more than ${MAX_MENU_BUTTONS} items that can be tapped`)
  return fields
}

function checkMenuItem(item: unknown): string {
  if (typeof item !== 'object' || item === null) refuse(95009, 'a menu item must be an object')
  const fields = item as Fields
  const type = requireString(fields, 'type')
  if (!['click', 'view', 'miniprogram', 'text'].includes(type)) refuse(95009, 'no such type of menu item')
  const body = requireObject(fields, type)
  const content = (max: number) => requireBytes(optionalString(body, 'content'), 1, max, `${type}.content`)
  switch (type) {
    case 'click':
      requireBytes(optionalString(body, 'id'), 0, 128, 'click.id')
      content(128)
      break
    case 'view':
      checkUrl(requireString(body, 'url'))
      content(1024)
      break
    case 'miniprogram':
      requireBytes(optionalString(body, 'appid'), 1, 32, 'miniprogram.appid')
      requireBytes(optionalString(body, 'pagepath'), 1, 1024, 'miniprogram.pagepath')
      content(1024)
      break
    default: {
      content(256)
      const noNewline = body.no_newline ?? 0
      if (noNewline !== 0 && noNewline !== 1) refuse(40058, 'text.no_newline must be 0 or 1')
    }
  }
  return type
}

function requireBytes(value: string, min: number, max: number, name: string): void {
  const bytes = Buffer.byteLength(value)
  if (bytes < min || bytes > max) refuse(40058, `${name} must have ${min} to ${max} bytes`)
}

function checkUrl(url: string): string {
  if (!/^https?:\/\//i.test(url)) refuse(40094, 'a link must begin with http:// or https://')
  if (Buffer.byteLength(url) > 2048) refuse(40039, 'a link has at most 2048 bytes')
  return url
}

function isWithin(value: unknown, limit: number): boolean {
  return typeof value === 'number' && Math.abs(value) <= limit
}

/** The platform cuts by bytes; what reaches the customer is the longest whole text within them. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
