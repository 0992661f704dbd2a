/**
 * The addresses in what people write. There is no space in Chinese, so what stands next to an address is told from it by its letters: a path
 * is ASCII, and a host may be Chinese as long as it ends as hosts do, e.g. 例子.公司.
 */

/** Endings of the root zone in Chinese letters. Source: https://data.iana.org/TLD/tlds-alpha-by-domain.txt */
const CHINESE_ENDINGS =
  '中国|中國|公司|网络|网址|网站|网店|中文网|在线|企业|集团|机构|组织机构|政务|政府|公益|慈善|商城|商店|商标|购物|手机|移动|联通|信息|新闻|微博|娱乐|游戏|时尚|健康|食品|餐厅|珠宝|家電|书籍|招聘|点看|我爱你|香港|澳門|澳门|台灣|台湾|新加坡|广东|佛山|淡马锡|香格里拉|嘉里大酒店|嘉里|大众汽车|飞利浦|亚马逊|谷歌|电讯盈科|天主教|大拿|八卦|通販'
const HOST = String.raw`(?:[\p{L}\p{N}\p{M}-]{1,63}\.){1,8}(?:${CHINESE_ENDINGS}|(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})(?![a-z0-9-]))`
const REST = String.raw`[\w\-.~:/?#[\]@!$&'()*+,;=%]`
const ADDRESS = new RegExp(`https?://(?:${HOST}${REST}{0,2000}|${REST}{1,2000})`, 'giu')
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' }

/** The http(s) addresses in a text, each once, in their order. */
export function findLinks(text: string): string[] {
  const found = [...text.matchAll(ADDRESS)].map(([address]) => trimEnd(address))
  return [...new Set(found)].filter((address) => URL.canParse(address))
}

/** Without the punctuation of the sentence; a bracket stays when it was opened within. */
function trimEnd(address: string): string {
  let end = address.length
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? ''
    const opening = CLOSING[last]
    if (opening !== undefined && address.slice(0, end - 1).includes(opening)) break
    if (opening === undefined && !".,;:!?'*".includes(last)) break
  }
  return address.slice(0, end)
}
