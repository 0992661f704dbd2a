/**
 * Takes links out of an answer that nobody of the company has put into the bot's hands: a model may invent an address, or be talked into one
 * by a page it has read. What stays is what stands in the passages, what the customer wrote themselves, and the hosts that the
 * operator allows. An address has to be the same to its last character; a changed query could carry words away.
 *
 * WeChat also makes links of bare names such as `example.com`, so these count as well.
 */
import { cleanText } from '../../shared/clean-text.ts'

export interface LinkGuardOptions {
  /** Whose links may be repeated. */
  texts: readonly string[]
  /** `example.com` allows that host and those below it; `https://example.com/help` what begins so. */
  allowed: readonly string[]
}

export const OMITTED_LINK = '（链接已略去）'

const notInAddress = String.raw`\s<>"“”‘’\u3000-\u303f\u4e00-\u9fff\uff5f-\uffef`
const withScheme = String.raw`[a-z][a-z0-9+.-]{1,20}:\/\/[^${notInAddress}]+`
const hanHost = String.raw`[a-z][a-z0-9+.-]{1,20}:\/\/[\u4e00-\u9fff][^\s<>"“”‘’\u3000-\u303f\uff0c\uff1b]*`
// WeChat opens a mini programme by it.
const miniprogram = String.raw`#?小程序:\/\/[^\s，。；！？]+`
const endings =
  'com|cn|net|org|top|xyz|vip|shop|site|club|info|biz|io|cc|co|tv|me|app|dev|link|online|store|ltd|work|pro|asia|hk|tw|us|uk|jp|kr|ru|de|fr|in|es|nl|pl|ca|au|br|vn|th|ph|eu|sg|my|live|fun|icu|wang|ren|xin|tech|cloud|group|mobi|space|website|press|ink|red|kim|gov|edu|gg|ly|gl|to|ai|la|im|sh|st|pw|ws|su|bond|buzz|lol|win|bid|loan|cfd|sbs|rest|page|click|today|life|world|market|games|chat'
const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
// Only the last of very many, so that no text takes long.
const labels = String.raw`(?:${label}\.){1,10}`
const rest = String.raw`(?::\d{2,5})?(?:[\/?#][^${notInAddress}]*)?`
// A name as mail addresses have it is none of the web, unless a path follows.
const bare = String.raw`(?<![a-z0-9])(?<![a-z0-9]@)${labels}(?:${endings}|xn--[a-z0-9-]+)(?![a-z0-9])(?!@[a-z0-9-]+\.)${rest}`
// Of any ending, where a beginning or a path says that it is an address.
const named = String.raw`(?<![a-z0-9])(?:www\.${labels}[a-z]{2,24}|[a-z0-9-]+@${labels}[a-z]{2,24}(?=[\/?#])|${labels}(?!(?:html?|txt|js|pdf|docx?|xlsx?)\b)[a-z]{2,24}(?=\/))${rest}`
const hanName = String.raw`(?=[a-z0-9-]{0,61}[a-z\u4e00-\u9fff])[a-z0-9\u4e00-\u9fff-]{1,61}(?:[\u4e00-\u9fff]\.(?:com|cn|net|org|top|vip|xyz)|[a-z0-9\u4e00-\u9fff]\.(?:中国|公司|网络|网址|商城|网店|集团|在线|我爱你))(?![a-z0-9\u4e00-\u9fff])${rest}`
const numeric = String.raw`(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?\/[^\s\u3000-\u303f\u4e00-\u9fff]*`
// Not an address of the web, and led to all the same: `weixin:`, `javascript:`, `tel:` have no slashes.
const opaque = String.raw`(?<![\w-])(?:javascript|data|weixin|alipays?|intent|vbscript):[^\s\u3000-\u303f\u4e00-\u9fff]+`
const link = new RegExp([withScheme, hanHost, miniprogram, opaque, numeric, named, bare, hanName].join('|'), 'giu')
const trailing = /[.,;:!?'")\]}]+$/

/** The text with what is not allowed replaced by words, and how many that were. */
export function createLinkGuard({ texts, allowed }: LinkGuardOptions) {
  const known = new Set(texts.flatMap((text) => findLinks(text).map(({ address }) => normal(address))))
  const hosts = allowed.filter((entry) => !entry.includes('/')).map((host) => host.toLowerCase())
  const prefixes = allowed.filter((entry) => entry.includes('/')).map(normal)

  const isAllowed = (address: string): boolean => {
    const wanted = normal(address)
    if (known.has(wanted)) return true
    // A way up leads out of what is allowed.
    const isDown = !/(?:\.|%2e){2}(?:[\\/?#]|$)/i.test(wanted)
    if (isDown && prefixes.some((prefix) => wanted === prefix || wanted.startsWith(`${prefix.replace(/\/$/, '')}/`)))
      return true
    const host = hostOf(address)
    return host !== '' && hosts.some((entry) => host === entry || host.endsWith(`.${entry}`))
  }

  return (text: string): { text: string; omitted: number } => {
    const clean = withoutInvisible(text)
    let out = ''
    let from = 0
    let omitted = 0
    for (const { address, at } of findLinks(clean)) {
      if (isAllowed(address)) continue
      out += `${clean.slice(from, at)}${OMITTED_LINK}`
      from = at + address.length
      omitted += 1
    }
    return { text: out + clean.slice(from), omitted }
  }
}

function findLinks(text: string): { address: string; at: number }[] {
  // One character for one, so that places in both are the same.
  const narrow = text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
  const dotted = narrow.replace(/(?<=[a-z0-9])[。．｡․](?=[a-z0-9])/gi, '.')
  return [...dotted.matchAll(link)].map(({ 0: found, index }) => {
    const address = found.replace(trailing, (end) => (end.includes(')') && found.includes('(') ? end : ''))
    return { address, at: index }
  })
}

/** Without scheme and letters' case of the host, and without what a reader would not miss at its end. */
function normal(address: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(address) ?? []
  const cut = rest.search(/[/?#]/)
  const [host, path] = cut === -1 ? [rest, ''] : [rest.slice(0, cut), rest.slice(cut)]
  const kind = /^https?:\/\/$/i.test(scheme) ? '' : scheme.toLowerCase()
  return kind + host.toLowerCase() + path.replace(/\/$/, '')
}

/** '' for what is no address of the web, or hides its host behind a name and password. */
function hostOf(address: string): string {
  const full = /^[a-z][a-z0-9+.-]*:/i.test(address) && !/^[\w.-]+:\d/.test(address) ? address : `https://${address}`
  const url = URL.parse(full)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return ''
  return url.hostname
}

/** Also without letters in the dress of mathematics or in circles, which a browser takes for plain ones. Emoji made of several keep their joiner. */
function withoutInvisible(text: string): string {
  const plain = text.replace(/[\u24b6-\u24e9\u{1d400}-\u{1d7ff}]/gu, (dressed) => dressed.normalize('NFKC'))
  const bare = plain.replace(/(?<=[\w.:/-])[\ufe00-\ufe0f](?!\u20e3)/g, '')
  return bare
    .split(/\u200d(?=\p{Extended_Pictographic})/u)
    .map(cleanText)
    .join('\u200d')
}
