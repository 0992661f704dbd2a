/**
 * Web pages as the items of a source: one page, or those that a sitemap names. Only pages of the sitemap's own site are opened, and only
 * through the fetcher that can't be led to anything of ours; and none that its site's robots.txt keeps to itself.
 */
import { gunzipSync } from 'node:zlib'
import { XMLParser } from 'fast-xml-parser'
import type { DocumentSource, Reading } from '../../parse/documents/reading.ts'
import type { FetchResult } from '../../parse/fetch/fetch-result.ts'
import { createAskRobots, ROBOTS_NAME } from './robots.ts'
import type { SourceItem, SourceListing } from './sync-source.ts'
import { toTextDocument } from './to-text-document.ts'

export interface PageDeps {
  fetch: (address: string, signal?: AbortSignal) => Promise<FetchResult>
  read: (source: DocumentSource, signal: AbortSignal) => Promise<Reading>
  /** In words for people. */
  describeFailure: (failure: Extract<FetchResult, { outcome: 'failed' }>) => string
  describeUnread: (reading: Extract<Reading, { outcome: 'unread' }>) => string
}

const MAX_PAGES = 1_000
const MAX_SITEMAPS = 20
/** Unpacked; as much as one may have that is not packed. */
const MAX_SITEMAP_BYTES = 20_000_000

/** In words for people. */
const UNREAD = {
  no: `网站的 robots.txt 不让读取这一页（我们的名字是 ${ROBOTS_NAME}）`,
  unknown: '网站的 robots.txt 暂时读不到，这一页先不读',
} as const

/** `mayRead` is shared by the pages of one listing. */
export function toPageItem(address: string, deps: PageDeps, mayRead = createAskRobots(deps)): SourceItem {
  const { fetch, read, describeFailure, describeUnread } = deps
  return {
    uri: address,
    title: address,
    async read(signal) {
      const before = await mayRead(address, signal)
      if (before !== 'yes') return { unread: UNREAD[before] }
      const fetched = await fetch(address, signal)
      if (fetched.outcome === 'failed') return { unread: describeFailure(fetched) }
      const after = await mayRead(fetched.url, signal)
      if (after !== 'yes') return { unread: UNREAD[after] }
      const reading = await read(fetched, signal)
      if (reading.outcome === 'unread') return { unread: describeUnread(reading) }
      return toTextDocument({ title: reading.title || fetched.name || address, text: reading.text, url: fetched.url })
    },
  }
}

/** What can't be listed is said in `error`, and then nothing is removed. */
export async function listSitemap(address: string, deps: PageDeps, signal: AbortSignal): Promise<SourceListing> {
  const { host } = new URL(address)
  const pages = new Set<string>()
  const waiting = [address]
  const seen = new Set<string>()
  const errors: string[] = []
  for (let next = waiting.shift(); next !== undefined && seen.size < MAX_SITEMAPS; next = waiting.shift()) {
    if (seen.has(next)) continue
    seen.add(next)
    const fetched = await deps.fetch(next, signal)
    if (fetched.outcome === 'failed') {
      errors.push(`${next}：${deps.describeFailure(fetched)}`)
      continue
    }
    const found = parseSitemap(unpack(fetched.bytes))
    if (found === undefined || fetched.isTruncated) errors.push(`${next}：不是完整的 sitemap`)
    const own = (places: readonly string[] = []) =>
      places.filter((place) => URL.canParse(place) && new URL(place).host === host)
    waiting.push(...own(found?.sitemaps))
    for (const page of own(found?.pages)) if (pages.size < MAX_PAGES) pages.add(page)
  }
  const mayRead = createAskRobots(deps)
  const items = [...pages].map((page) => toPageItem(page, deps, mayRead))
  return { items, isComplete: errors.length === 0, ...(errors.length > 0 && { error: errors.join('；') }) }
}

/** `sitemap.xml.gz` is packed by itself, whatever the connection does. '' when it is damaged, or larger than any sitemap may be. */
function unpack(bytes: Uint8Array): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes)
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_SITEMAP_BYTES }).toString('utf8')
  } catch {
    return ''
  }
}

const parser = new XMLParser({
  ignoreAttributes: true,
  processEntities: true,
  removeNSPrefix: true,
  isArray: (name) => name === 'url' || name === 'sitemap',
})

/** https://www.sitemaps.org/protocol.html Undefined when it is something else. */
export function parseSitemap(text: string): { pages: string[]; sitemaps: string[] } | undefined {
  // A sitemap needs none, and what one declares may be anything.
  if (/<!DOCTYPE/i.test(text)) return undefined
  let parsed: unknown
  try {
    parsed = parser.parse(text)
  } catch {
    return undefined
  }
  const { urlset, sitemapindex } = parsed as Record<string, { url?: unknown[]; sitemap?: unknown[] } | undefined>
  if (urlset === undefined && sitemapindex === undefined) return undefined
  const places = (entries: readonly unknown[] = []) =>
    entries.flatMap((entry) => {
      const { loc } = entry as { loc?: unknown }
      return typeof loc === 'string' ? [loc.trim()] : []
    })
  return { pages: places(urlset?.url), sitemaps: places(sitemapindex?.sitemap) }
}
