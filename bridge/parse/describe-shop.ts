/** Products and orders of a channels shop (视频号小店) that a customer sends into the chat. */
import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

export function describeShopProduct(body: Fields): MessageText {
  const title = readLine(body, 'title', 400)
  const text = join('[小店商品]', [
    ['', title],
    ['价格 ', toYuan(readLine(body, 'sales_price', 20))],
    ['店铺 ', readLine(body, 'shop_nickname')],
    ['商品编号 ', readLine(body, 'product_id', 64)],
  ])
  return { text, title: `[小店商品] ${title}`.trim() }
}

export function describeShopOrder(body: Fields): MessageText {
  const order = readLine(body, 'order_id', 64)
  const text = join('[小店订单]', [
    ['订单号 ', order],
    ['商品 ', readLine(body, 'product_titles', 800)],
    ['金额 ', readLine(body, 'price_wording', 64)],
    ['状态 ', readLine(body, 'state', 64)],
    ['店铺 ', readLine(body, 'shop_nickname')],
  ])
  return { text, title: `[小店订单] ${order}`.trim() }
}

function join(kind: string, words: readonly (readonly [name: string, value: string])[]): string {
  const named = words.filter(([, value]) => value !== '').map(([name, value]) => name + value)
  return `${kind} ${named.join('，')}`.trim()
}

/** From fen, by digits alone: an amount is never rounded. What is no number is left as it is. */
function toYuan(fen: string): string {
  if (!/^\d+$/.test(fen)) return fen
  const digits = fen.replace(/^0+(?=\d)/, '').padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)} 元`
}
