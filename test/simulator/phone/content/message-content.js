// @ts-check
/** What a message of each kind looks like inside of its bubble. */
import { make } from '../make-node.js'
import { linked } from '../safe-link.js'
import { kindName } from '../words.js'
import {
  businessCard,
  channelsCard,
  contactLinkCard,
  linkCard,
  locationCard,
  miniprogramCard,
  orderCard,
  plainCard,
  productCard,
} from './cards.js'
import { fileCard, picture, video, voice } from './media.js'
import { menu } from './menu.js'
import { mergedCard } from './merged.js'

/** Bubbles of these have no ground of their own. */
const BARE = ['image', 'video']
/** Bubbles of these are white on either side. */
const CARDS = [
  'file',
  'location',
  'link',
  'miniprogram',
  'business_card',
  'merged_msg',
  'channels',
  'channels_shop_product',
  'channels_shop_order',
  'ca_link',
  'meeting',
  'calendar',
  'note',
]

/** @param {string} msgtype */
export const bubbleClass = (msgtype) =>
  BARE.includes(msgtype) ? 'bubble picture' : CARDS.includes(msgtype) ? 'bubble carded' : 'bubble'

/** @param {string} msgtype @param {any} body @returns {(string | Node)[]} */
export function contentOf(msgtype, body) {
  switch (msgtype) {
    case 'text':
      return linked(String(body?.content ?? ''))
    case 'image':
      return [picture(body?.media_id)]
    case 'voice':
      return [voice(body?.media_id)]
    case 'video':
      return [video(body?.media_id)]
    case 'file':
      return [fileCard(body?.media_id)]
    case 'location':
      return [locationCard(body ?? {})]
    case 'link':
      return [linkCard(body ?? {})]
    case 'miniprogram':
      return [miniprogramCard(body ?? {})]
    case 'msgmenu':
      return menu(body ?? {})
    case 'merged_msg':
      return [mergedCard(body ?? {}, contentOf)]
    case 'business_card':
      return [businessCard(body ?? {})]
    case 'channels':
      return [channelsCard(body ?? {})]
    case 'channels_shop_product':
      return [productCard(body ?? {})]
    case 'channels_shop_order':
      return [orderCard(body ?? {})]
    case 'ca_link':
      return [contactLinkCard(body ?? {})]
    case 'meeting':
    case 'calendar':
    case 'note':
      return [plainCard(kindName(msgtype))]
    default:
      return [make('span', 'unknown-kind', `[不认识的消息类型：${msgtype}]`)]
  }
}
