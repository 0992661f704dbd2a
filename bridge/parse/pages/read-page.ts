/**
 * A web page's own text: without navigation, advertisement and what is hidden; its title; its tables as lines. Pages of WeChat's
 * official accounts keep their article hidden until a script shows it, and sometimes ask who is there instead.
 */
import defuddle from 'defuddle'
import { parseHTML } from 'linkedom'
import { decodeText } from '../documents/decode-text.ts'
import { type DocumentSource, type Reading, type ReadLimits, unread } from '../documents/reading.ts'
import { tidyLine, tidyText } from '../documents/tidy-text.ts'
import { isElement, type PageDocument, type PageElement, type PageNode } from './page-node.ts'
import { findHiddenStyles, removeHidden } from './remove-hidden.ts'
import { stripMarkup } from './strip-markup.ts'
import { toText } from './to-text.ts'
import { walk } from './walk.ts'

// The package is the class itself; its types say that it has one.
const Defuddle = defuddle as unknown as typeof defuddle.default
const MAX_MARKUP = 1_000_000
/** Tags and entities: the parser makes something of each. */
const MAX_PIECES = 40_000
/** Finding the article takes a time that grows faster than the page; a larger page is read as a whole. */
const MAX_ELEMENTS = 4_000
const MAX_DEPTH = 60
const CHROME = new Set(['NAV', 'HEADER', 'FOOTER', 'ASIDE', 'FORM', 'DIALOG', 'MENU'])
const VERIFY_TITLES = /^(环境异常|安全验证|访问验证|验证码|百度安全验证|人机验证|just a moment|attention required)/i
const VERIFY_WORDS =
  /(当前环境异常，完成验证后即可继续访问|请完成(安全|下列|以下)?验证后|请按住滑块|拖动滑块|checking your browser before)/i

export function readPage(source: DocumentSource, { maxChars }: ReadLimits): Reading {
  const markup = decodeText(source.bytes, { contentType: source.contentType, isHtml: true })
  const { html, css } = stripMarkup(markup)
  const shown = cutMarkup(html)
  const { document } = parseHTML(toWholePage(shown)) as unknown as { document: PageDocument }
  const title = findTitle(document)
  if (VERIFY_TITLES.test(title)) return unread('html', 'verify-page')

  const article = document.getElementById('js_content')
  // Scripts show it in the end.
  for (const element of [article, document.body]) element?.removeAttribute('style')
  removeHidden(document.body, findHiddenStyles(css), (element) => element === article)
  const { text, isCut } = tidyText(article === null ? readBody(document, source.url) : toText(article), maxChars)
  if (text.length < 600 && VERIFY_WORDS.test(text)) return unread('html', 'verify-page')

  const readable = text === '' ? tidyText(findDescription(document), 2_000).text : text
  if (readable === '') return unread('html', 'empty')
  const isPartial = isCut || source.isTruncated === true || shown.length < html.length
  return {
    outcome: 'read',
    kind: 'html',
    title,
    text: readable,
    notes: isPartial ? ['网页很长，只读取了前面的部分'] : [],
    isPartial,
  }
}

function readBody(document: PageDocument, url: string | undefined): string {
  const whole = () => toText(document.body, { isSkipped: isChrome })
  if (isTooLarge(document.body)) return whole()
  // Taken before, because finding the article changes the page.
  const fallback = whole()
  try {
    // Never asks other servers: this runs on a page that nobody vouches for. Standardizing would put blanks between Chinese words.
    const found = new Defuddle(document as never, {
      url: url ?? 'https://page.invalid/',
      useAsync: false,
      standardize: false,
    }).parse()
    const { document: content } = parseHTML(toWholePage(found.content)) as unknown as { document: PageDocument }
    const text = toText(content.body)
    return text.trim() === '' ? fallback : text
  } catch {
    return fallback
  }
}

function isTooLarge(body: PageNode): boolean {
  let elements = 0
  let deepest = 0
  walk(body, {
    enter(node, depth) {
      if (isElement(node)) elements += 1
      deepest = Math.max(deepest, depth)
      return elements <= MAX_ELEMENTS && deepest <= MAX_DEPTH
    },
  })
  return elements > MAX_ELEMENTS || deepest > MAX_DEPTH
}

function isChrome(node: PageNode): boolean {
  return CHROME.has(node.nodeName.toUpperCase())
}

function findTitle(document: PageDocument): string {
  const candidates = [
    document.querySelector('meta[property="og:title"]')?.getAttribute('content'),
    document.getElementById('activity-name')?.textContent,
    document.querySelector('title')?.textContent,
    document.querySelector('h1')?.textContent,
  ]
  return candidates.map((text) => tidyLine(text ?? '')).find((text) => text !== '') ?? ''
}

function findDescription(document: PageDocument): string {
  const metas: (PageElement | null)[] = [
    document.querySelector('meta[property="og:description"]'),
    document.querySelector('meta[name="description"]'),
  ]
  return metas.map((meta) => meta?.getAttribute('content') ?? '').find((text) => text.trim() !== '') ?? ''
}

/** As much as is worth its time; not within a tag. */
function cutMarkup(html: string): string {
  let end = Math.min(html.length, MAX_MARKUP)
  let pieces = 0
  for (const { index } of html.matchAll(/[<&]/g)) {
    pieces += 1
    if (index >= end || pieces > MAX_PIECES) {
      end = Math.min(end, index)
      break
    }
  }
  if (end === html.length) return html
  const cut = html.slice(0, end)
  const lastTag = cut.lastIndexOf('<')
  return lastTag > cut.lastIndexOf('>') ? cut.slice(0, lastTag) : cut
}

/** The parser puts what stands outside of html and body nowhere. */
function toWholePage(html: string): string {
  return /<body\b/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`
}
