/**
 * A message's content as the platform wants it. What the platform would cut without a word (a text, a title) is refused like
 * what it would refuse.
 * Source: https://developer.work.weixin.qq.com/document/path/94677
 */
import type { Limits } from './limits.ts'
import type { Menu, MenuItem, OutgoingContent } from './outgoing-content.ts'

const noText = 44004
const badUrl = 40039
const noScheme = 40094
const tooManyItems = 95008
const noMedia = 41006
const badAppId = 90207

const mostMenuItems = 50
const mostTappableItems = 10

export interface WireContent {
  msgtype: string
  [msgtype: string]: unknown
}

/** `mediaId`: of what `mediaOf` names. Throws `wecom.refused` with the field and its limit. */
export function toWireContent(limits: Limits, content: OutgoingContent, mediaId: string): WireContent {
  switch (content.type) {
    case 'text':
      return wrap('text', { content: toText(limits, 'text.content', content.text) })
    case 'image':
    case 'voice':
    case 'video':
    case 'file':
      return wrap(content.type, { media_id: toMediaId(limits, mediaId) })
    case 'link':
      return wrap('link', {
        title: limits.bytes('link.title', content.title, { max: 128 }),
        desc: limits.bytes('link.desc', content.description, { min: 0, max: 512 }),
        url: toUrl(limits, 'link.url', content.url),
        thumb_media_id: toMediaId(limits, mediaId),
      })
    case 'miniprogram':
      return wrap('miniprogram', {
        appid: limits.bytes('miniprogram.appid', content.appId, { max: 32, errcode: badAppId }),
        title: limits.bytes('miniprogram.title', content.title, { min: 0, max: 64 }),
        thumb_media_id: toMediaId(limits, mediaId),
        pagepath: toPagePath(limits, content.pagePath),
      })
    case 'menu':
      return wrap('msgmenu', toWireMenu(limits, content, mostMenuItems))
    case 'location': {
      const { latitude, longitude, name, address } = content
      const isLatitude = Number.isFinite(latitude) && Math.abs(latitude) <= 90
      const isLongitude = Number.isFinite(longitude) && Math.abs(longitude) <= 180
      return wrap('location', {
        name,
        address,
        latitude: limits.holds('location.latitude', latitude, isLatitude, 'is between -90 and 90'),
        longitude: limits.holds('location.longitude', longitude, isLongitude, 'is between -180 and 180'),
      })
    }
    case 'acquisition-link':
      return wrap('ca_link', { link_url: toUrl(limits, 'ca_link.link_url', content.url) })
    case 'business-card':
      return wrap('business_card', { userid: limits.bytes('business_card.userid', content.userId, { max: 64 }) })
  }
}

/** `maxItems` differs: 50 for a message, 10 on an event. At most 10 can be tapped either way. */
export function toWireMenu(limits: Limits, { head, items, tail }: Menu, maxItems: number): Record<string, unknown> {
  limits.items('msgmenu.list', items, { max: maxItems, errcode: tooManyItems })
  const tappable = items.filter(({ type }) => type !== 'text')
  limits.items('msgmenu.list (tappable)', tappable, { min: 0, max: mostTappableItems, errcode: tooManyItems })
  return {
    head_content: limits.bytes('msgmenu.head_content', head, { min: 0, max: 1024 }),
    list: items.map((item, no) => toWireItem(limits, item, `msgmenu.list.${no}`)),
    tail_content: limits.bytes('msgmenu.tail_content', tail, { min: 0, max: 1024 }),
  }
}

export function toText(limits: Limits, field: string, text: string): string {
  limits.holds(field, text, text.trim() !== '', 'has more than blanks', noText)
  return limits.bytes(field, text, { max: 2048 })
}

function toWireItem(limits: Limits, item: MenuItem, at: string): Record<string, unknown> {
  switch (item.type) {
    case 'click':
      return wrapItem('click', {
        id: limits.bytes(`${at}.click.id`, item.id, { max: 128 }),
        content: limits.bytes(`${at}.click.content`, item.text, { max: 128 }),
      })
    case 'view':
      return wrapItem('view', {
        url: limits.bytes(`${at}.view.url`, item.url, { max: 2048, errcode: badUrl }),
        content: limits.bytes(`${at}.view.content`, item.text, { max: 1024 }),
      })
    case 'miniprogram':
      return wrapItem('miniprogram', {
        appid: limits.bytes(`${at}.miniprogram.appid`, item.appId, { max: 32, errcode: badAppId }),
        pagepath: limits.bytes(`${at}.miniprogram.pagepath`, item.pagePath, { max: 1024 }),
        content: limits.bytes(`${at}.miniprogram.content`, item.text, { max: 1024 }),
      })
    case 'text':
      return wrapItem('text', {
        content: limits.bytes(`${at}.text.content`, item.text, { max: 256 }),
        no_newline: item.noNewline ? 1 : 0,
      })
  }
}

function wrap(msgtype: string, body: Record<string, unknown>): WireContent {
  return { msgtype, [msgtype]: body }
}

function wrapItem(type: string, body: Record<string, unknown>): Record<string, unknown> {
  return { type, [type]: body }
}

function toUrl(limits: Limits, field: string, url: string): string {
  limits.bytes(field, url, { max: 2048, errcode: badUrl })
  return limits.holds(field, url, /^https?:\/\/./i.test(url), 'begins with http:// or https://', noScheme)
}

function toPagePath(limits: Limits, pagePath: string): string {
  const holds = /^[^?]+\.html(\?|$)/.test(pagePath)
  return limits.holds('miniprogram.pagepath', pagePath, holds, 'ends in .html before its query')
}

function toMediaId(limits: Limits, mediaId: string): string {
  return limits.holds('media_id', mediaId, mediaId !== '', 'is given', noMedia)
}
