// @ts-check
/** Messages that WeChat shows as a card. Pictures of other sites are not loaded: nothing here leaves the machine. */
import { avatar, make } from '../make-node.js'
import { anchor } from '../safe-link.js'
import { mediaUrl } from '../simulator.js'
import { memberName } from '../view.js'

/** @param {unknown} value */
const words = (value) => String(value ?? '')

/** @param {unknown} mediaId @param {string} instead */
function thumb(mediaId, instead, className = 'thumb') {
  const box = make('span', className, instead)
  box.setAttribute('aria-hidden', 'true')
  if (typeof mediaId !== 'string' || mediaId === '') return box
  const image = /** @type {HTMLImageElement} */ (make('img', className))
  image.alt = ''
  image.src = mediaUrl(mediaId)
  image.addEventListener('error', () => image.replaceWith(box))
  return image
}

/** @param {(Node | string)[]} body @param {string} kind */
function card(body, kind) {
  return make('span', 'card', ...body, make('span', 'card-kind', kind))
}

/** @param {any} body */
export function locationCard({ name, address, latitude, longitude }) {
  const map = make('span', 'map', make('span', 'pin'))
  map.setAttribute('role', 'img')
  map.setAttribute('aria-label', `地图：${words(latitude)}, ${words(longitude)}`)
  return make(
    'span',
    'card wide',
    make('span', 'card-title', words(name) || '位置'),
    make('span', 'card-text', words(address) || `${words(latitude)}, ${words(longitude)}`),
    map,
  )
}

/** @param {any} body */
export function linkCard({ title, desc, url, thumb_media_id }) {
  const side = make(
    'span',
    'card-row',
    make('span', 'card-text', words(desc) || words(url)),
    thumb(thumb_media_id, '链'),
  )
  return card([anchor(words(url), words(title), 'card-title'), side], hostOf(words(url)))
}

/** @param {string} url */
function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : '链接'
}

/** @param {any} body */
export function miniprogramCard({ title, appid, thumb_media_id }) {
  return card(
    [
      make('span', 'card-text', words(appid)),
      make('span', 'card-title', words(title) || '小程序'),
      thumb(thumb_media_id, '小程序', 'cover'),
    ],
    '小程序',
  )
}

/** @param {any} body */
export function businessCard({ userid }) {
  const name = memberName(words(userid))
  const who = make('span', 'card-row left', avatar(name), make('span', 'card-title', name))
  return card([who], '企业微信名片')
}

/** @param {any} body */
export function channelsCard({ sub_type, nickname, title }) {
  const kind = ['', '视频号动态', '视频号直播', '视频号名片'][Number(sub_type)] ?? '视频号'
  const name = make(
    'span',
    'card-row left',
    avatar(words(nickname) || '号'),
    make('span', 'card-title', words(nickname)),
  )
  return card(title ? [name, make('span', 'card-text', words(title))] : [name], kind)
}

/** @param {any} body `sales_price` is in fen */
export function productCard({ title, sales_price, shop_nickname }) {
  const price = Number(sales_price) / 100
  return card(
    [
      make('span', 'cover', '商品'),
      make('span', 'card-title', words(title)),
      make('span', 'price', Number.isFinite(price) ? `¥${price.toFixed(2)}` : words(sales_price)),
    ],
    `视频号小店 · ${words(shop_nickname)}`,
  )
}

/** @param {any} body */
export function orderCard({ order_id, product_titles, price_wording, state, shop_nickname }) {
  return card(
    [
      make('span', 'card-title', `订单 · ${words(state)}`),
      make(
        'span',
        'card-row',
        make('span', 'card-text', `${words(product_titles)}\n订单号 ${words(order_id)}`),
        make('span', 'thumb', '订单'),
      ),
      make('span', 'price', words(price_wording)),
    ],
    `视频号小店 · ${words(shop_nickname)}`,
  )
}

/** @param {any} body */
export function contactLinkCard({ link_url }) {
  return card(
    [
      make(
        'span',
        'card-row',
        anchor(words(link_url), '添加我为企业微信联系人', 'card-title'),
        make('span', 'thumb', '码'),
      ),
    ],
    '获客链接',
  )
}

/** For kinds that have no body. @param {string} kind */
export function plainCard(kind) {
  return card([make('span', 'card-title', `[${kind}]`)], '这种消息没有内容')
}
