/**
 * Turns an entry of sync_msg of any kind into words: its own where it has any, else a short and honest description. Never
 * throws, whatever it is given; what it does not understand it says so about.
 * Source: https://developer.work.weixin.qq.com/document/path/94670
 */
import {
  describeBusinessCard,
  describeCalendar,
  describeChannels,
  describeMeeting,
  describeMiniprogram,
  describeNote,
} from './describe-cards.ts'
import { describeEvent } from './describe-event.ts'
import { describeLink } from './describe-link.ts'
import { describeLocation } from './describe-location.ts'
import { describeMedia } from './describe-media.ts'
import { describeMenu } from './describe-menu.ts'
import { type DescribedEntry, describeMerged } from './describe-merged.ts'
import { describeShopOrder, describeShopProduct } from './describe-shop.ts'
import { describeText } from './describe-text.ts'
import type { Describe, MessageText } from './message-text.ts'
import { type Fields, limitText, parseEntry, readLine, toFields } from './read-fields.ts'

const kinds: ReadonlyMap<string, Describe> = new Map<string, Describe>([
  ['text', describeText],
  ['image', () => describeMedia('image')],
  ['voice', () => describeMedia('voice')],
  ['video', () => describeMedia('video')],
  ['file', () => describeMedia('file')],
  ['location', describeLocation],
  ['link', describeLink],
  ['business_card', describeBusinessCard],
  ['miniprogram', describeMiniprogram],
  ['msgmenu', describeMenu],
  ['channels_shop_product', describeShopProduct],
  ['channels_shop_order', describeShopOrder],
  ['channels', describeChannels],
  ['meeting', describeMeeting],
  ['calendar', describeCalendar],
  // The name in older descriptions.
  ['schedule', describeCalendar],
  ['note', describeNote],
  ['event', describeEvent],
])

const maxTitleChars = 80

/** What was found out about an entry within a record by opening it; undefined when nothing was. */
export type Opened = (entry: Fields) => DescribedEntry | undefined

/** `raw` is the whole entry as JSON text, as in `SyncedMessage`. */
export function describeMessage(raw: string, opened: Opened = () => undefined): MessageText {
  const { text, title } = describeEntry(parseEntry(raw), 1, opened)
  return { text, title: limitText(title, maxTitleChars) }
}

function describeEntry(entry: Fields, depth: number, opened: Opened): DescribedEntry {
  const type = readLine(entry, 'msgtype', 64)
  const body = toFields(entry[type])
  if (type === 'merged_msg') {
    return describeMerged(body, (inner, innerDepth) => describeEntry(inner, innerDepth, opened), depth)
  }
  return (depth > 1 ? opened(entry) : undefined) ?? kinds.get(type)?.(body) ?? describeUnknown(type)
}

function describeUnknown(type: string): MessageText {
  const name = /^[\w-]{1,40}$/.test(type) ? ` ${type}` : ''
  const title = '[暂不支持的消息类型]'
  return { text: `${title}（客户发来一条看不到内容的消息${name}，可以请客户改发文字）`, title }
}
