/**
 * The markup inside one line → plain text: emphasis off, `[t](u)` → `t u`, images dropped, HTML tags and entities resolved.
 * What must keep every character (code, URLs, escaped signs) is put aside first and back last.
 */

// Private-use characters mark what was put aside; any in the input are dropped, so nothing can pretend to be a mark.
// U+E002 and U+E003 stand before and after an address, where a space may be needed.
const marks = /[\ue000-\ue003]/g
const aside = /\ue000(\d+)\ue001/g

const codeSpan = /(`+)(?!`)(.{1,2000}?)(?<!`)\1(?!`)/g
const escaped = /\\([!-/:-@[-`{-~])/g
const url = /(?:https?:\/\/|www\.)[^\s<>"'`\\|\ue000-\ue003“”‘’\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+/gi
const image = /!\[[^\]]{0,300}\]\([^)]{0,2000}\)/g
const linkTarget = String.raw`\(\s*<?((?:[^()\s<>\ue000-\ue003]|\([^()\s\ue000-\ue003]*\)){0,2000})>?(?:\s+["'][^"']{0,300}["'])?\s*\)`
const link = new RegExp(String.raw`\[([^[\]]{0,500})\]${linkTarget}`, 'g')
const referenceLink = /\[([^[\]]{1,500})\]\[([^[\]]{0,100})\]/g
const autoLink = /<((?:https?:\/\/|mailto:|tel:)[^\s<>\ue000-\ue003]{1,2000}|[\w.+-]{1,64}@[\w.-]{1,255})>/gi
const htmlLink =
  /<a\s[^<>]{0,500}?href\s*=\s*["']?([^"'\s<>\ue000-\ue003]{1,2000})["']?[^<>]{0,500}>([^<]{0,500})<\/a>/gi
const htmlBreak = /<br\s*\/?>/gi
const htmlTag =
  /<\/?(?:a|abbr|b|big|blockquote|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|s|small|span|strong|strike|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul)(?:\s[^<>]{0,500})?\/?>/gi
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  middot: '·',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  yen: '¥',
  times: '×',
  copy: '©',
  reg: '®',
}

// Runs of exactly one, two or three signs; a longer one hides digits or is a line. Not between digits: there it is arithmetic.
const strongEm = /(?<!\*)(?<!\d(?=\*{3}\d))\*{3}(?![*\s])([^*]{1,500}?)(?<![*\s])\*{3}(?!\*)/g
const strong = /(?<!\*)(?<!\d(?=\*\*\d))\*\*(?![*\s])((?:[^*]|\*(?!\*)){1,500}?)(?<!\s)\*\*(?!\*)/g
const strongLow = /(?<![\p{L}\p{N}_])__(?![_\s])([^_](?:.{0,498}?[^_\s])?)__(?![\p{L}\p{N}_])/gu
const em = /(?<!\*)\*(?![*\s])([^*]{1,500}?)(?<![*\s])\*(?!\*)/g
const emLow = /(?<![\p{L}\p{N}_])_(?![_\s])([^_]{1,500}?)(?<![_\s])_(?![\p{L}\p{N}_])/gu
const struck = /(?<!~)~~(?![~\s])(.{1,500}?)(?<![~\s])~~(?!~)/g
const wordCharacter = /[\p{L}\p{N}]/u

/** `references`: the addresses of `[t][name]`, by lower-case name. */
export function inlineToText(line: string, references: ReadonlyMap<string, string>): string {
  const kept: string[] = []
  const keep = (text: string) => `\ue000${kept.push(text) - 1}\ue001`
  const keepAddress = (text: string) => `\ue002${keep(text)}\ue003`

  const toLink = (text: string, target: string) => {
    const address = toAddress(target)
    if (address === '') return text
    const label = text.trim()
    return label === '' || label === address ? keepAddress(address) : `${label}${keepAddress(address)}`
  }

  const marked = withoutMarks(line)
    .replace(codeSpan, (_all, _ticks, code: string) => keep(code.replace(/^ (.*[^ ].*) $/, '$1')))
    .replace(image, '')
    .replace(link, (_all, text: string, target: string) => toLink(text, target))
    .replace(htmlLink, (_all, target: string, text: string) => toLink(text, target))
    .replace(referenceLink, (all: string, text: string, name: string) => {
      const target = references.get((name || text).toLowerCase())
      return target === undefined ? all : toLink(text, target)
    })
    .replace(autoLink, (_all, target: string) =>
      keepAddress(target.includes('@') && !target.includes(':') ? target : toAddress(target)),
    )
    .replace(url, (found) => {
      const address = found.replace(found.includes('(') ? /[*_~.,;:!?]+$/ : /[*_~.,;:!?)\]]+$/, '')
      return keep(address) + found.slice(address.length)
    })
    .replace(escaped, (_all, sign: string) => keep(sign))
    .replace(htmlBreak, '\n')
    .replace(htmlTag, '')

  return withoutEmphasis(marked)
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, toCharacter)
    .replace(/ *\ue002/g, ' ')
    .replace(/\ue003(?=[\s\p{P}]|$)/gu, '')
    .replaceAll('\ue003', ' ')
    .replace(aside, (_all, index: string) => kept[Number(index)] ?? '')
    .trim()
}

/** Without the private-use characters that this file works with, which WeChat could not show anyway. */
export function withoutMarks(text: string): string {
  return text.replace(marks, '')
}

function withoutEmphasis(text: string): string {
  return text
    .replace(strongEm, '$1')
    .replace(strong, '$1')
    .replace(strongLow, (all: string, inner: string) => (/^\w+$/.test(inner) ? all : inner))
    .replace(em, (all: string, inner: string, at: number, whole: string) => {
      // `长*宽*高` is a product. Emphasis stands free on one side at least.
      const isInWord = wordCharacter.test(whole[at - 1] ?? ' ') && wordCharacter.test(whole[at + all.length] ?? ' ')
      const isProduct = /\d/.test(whole[at - 1] ?? ' ') || /\d/.test(whole[at + all.length] ?? ' ')
      return isInWord || isProduct ? all : inner
    })
    .replace(emLow, '$1')
    .replace(struck, '$1')
}

/** '' for what leads nowhere outside a page: an anchor, a path, a script. */
function toAddress(target: string): string {
  if (/^https?:\/\//i.test(target)) return target.replaceAll('&amp;', '&')
  if (/^www\./i.test(target)) return target
  return /^(?:mailto|tel):(.+)$/i.exec(target)?.[1] ?? ''
}

function toCharacter(all: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return entities[name.toLowerCase()] ?? all
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  const isCharacter = point >= 0x20 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : all
}
