import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  listSitemap,
  type PageDeps,
  parseSitemap,
  toPageItem,
} from '../../../../../bridge/knowledge/ingest/list-pages.ts'

const signal = new AbortController().signal
const site = (pages: Readonly<Record<string, string | Uint8Array>>): PageDeps => ({
  async fetch(address) {
    const body = pages[address]
    if (body === undefined) return { outcome: 'failed', reason: 'status', status: 404 }
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    return { outcome: 'fetched', url: address, contentType: 'text/html', name: '', bytes, isTruncated: false }
  },
  read: async ({ bytes }) => ({
    outcome: 'read',
    kind: 'html',
    title: '标题',
    text: new TextDecoder().decode(bytes),
    notes: [],
  }),
  describeFailure: ({ status }) => `status ${status}`,
  describeUnread: ({ reason }) => reason,
})
const urlset = (...places: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${places.map((place) => `<url><loc>${place}</loc></url>`).join('')}</urlset>`

describe('listSitemap', () => {
  it('lists the pages of its own site, also of sitemaps within it', async () => {
    const pages = site({
      'https://a.example/sitemap.xml':
        '<sitemapindex><sitemap><loc>https://a.example/one.xml</loc></sitemap><sitemap><loc>https://evil.example/x.xml</loc></sitemap></sitemapindex>',
      'https://a.example/one.xml': urlset(
        'https://a.example/p?x=1&amp;y=2',
        'https://evil.example/',
        'file:///etc/passwd',
      ),
    })
    const { items, isComplete } = await listSitemap('https://a.example/sitemap.xml', pages, signal)
    expect(items.map(({ uri }) => uri)).toEqual(['https://a.example/p?x=1&y=2'])
    expect(isComplete).toBe(true)
  })

  it('is not complete when a part of it can not be read, so that nothing is removed', async () => {
    const pages = site({
      'https://a.example/s.xml':
        '<sitemapindex><sitemap><loc>https://a.example/gone.xml</loc></sitemap></sitemapindex>',
    })
    const listing = await listSitemap('https://a.example/s.xml', pages, signal)
    expect(listing).toMatchObject({ isComplete: false, error: expect.stringContaining('status 404') })
  })

  it('reads one that is packed', async () => {
    const address = 'https://a.example/sitemap.xml.gz'
    const { items, isComplete } = await listSitemap(
      address,
      site({ [address]: gzipSync(urlset('https://a.example/p')) }),
      signal,
    )
    expect(items.map(({ uri }) => uri)).toEqual(['https://a.example/p'])
    expect(isComplete).toBe(true)
  })

  it.each([
    ['damaged', gzipSync(urlset('https://a.example/p')).subarray(0, 30)],
    ['a bomb', gzipSync(urlset(' '.repeat(21_000_000)))],
  ])('is not complete when what is packed is %s', async (_what, bytes) => {
    const listing = await listSitemap(
      'https://a.example/s.xml.gz',
      site({ 'https://a.example/s.xml.gz': bytes }),
      signal,
    )
    expect(listing).toMatchObject({ items: [], isComplete: false, error: expect.stringContaining('sitemap') })
  })

  it('ends though sitemaps name each other', async () => {
    const pages = site({
      'https://a.example/a.xml': '<sitemapindex><sitemap><loc>https://a.example/a.xml</loc></sitemap></sitemapindex>',
    })
    expect((await listSitemap('https://a.example/a.xml', pages, signal)).items).toEqual([])
  })
})

describe('parseSitemap', () => {
  it.each([
    ['a page', '<html><body>hello</body></html>'],
    ['entities that it declares', '<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>'],
    ['nothing', ''],
  ])('takes %s for no sitemap', (_what, text) => {
    expect(parseSitemap(text)).toBeUndefined()
  })
})

describe('toPageItem', () => {
  it('reads a page, and says why one can not be read', async () => {
    const pages = site({ 'https://a.example/': '营业到九点。' })
    expect(await toPageItem('https://a.example/', pages).read(signal)).toMatchObject({
      title: '标题',
      chunks: [{ heading: '', text: '营业到九点。' }],
      meta: { url: 'https://a.example/' },
    })
    expect(await toPageItem('https://a.example/gone', pages).read(signal)).toEqual({ unread: 'status 404' })
  })

  it('leaves out what robots.txt keeps to itself, and names it', async () => {
    const asked: string[] = []
    const pages = site({
      'https://a.example/robots.txt': 'User-agent: *\nDisallow: /private/\nUser-agent: other\nDisallow: /',
      'https://a.example/s.xml': urlset('https://a.example/private/x', 'https://a.example/open'),
      'https://a.example/private/x': '秘密',
      'https://a.example/open': '营业到九点。',
    })
    const deps: PageDeps = {
      ...pages,
      fetch: (address) => {
        asked.push(address)
        return pages.fetch(address)
      },
    }
    const { items } = await listSitemap('https://a.example/s.xml', deps, signal)
    const [kept, open] = await Promise.all(items.map((item) => item.read(signal)))
    expect(kept).toEqual({ unread: expect.stringMatching(/robots\.txt.*kefu-edge/) })
    expect(open).toMatchObject({ chunks: [{ text: '营业到九点。' }] })
    // Once for all of them.
    expect(asked).toEqual(['https://a.example/s.xml', 'https://a.example/robots.txt', 'https://a.example/open'])
  })

  it.each(['unreachable', 'timeout', 'status'] as const)(
    'reads nothing while robots.txt can not be had: %s',
    async (reason) => {
      const pages = site({ 'https://a.example/': '营业到九点。' })
      const deps: PageDeps = {
        ...pages,
        fetch: async (address) =>
          address.endsWith('robots.txt') ? { outcome: 'failed', reason, status: 503 } : pages.fetch(address),
      }
      expect(await toPageItem('https://a.example/', deps).read(signal)).toEqual({
        unread: expect.stringContaining('robots.txt 暂时读不到'),
      })
    },
  )

  it('heeds the robots.txt of where a page leads', async () => {
    const pages = site({ 'https://b.example/robots.txt': 'User-agent: kefu-edge\nDisallow: /' })
    const deps: PageDeps = {
      ...pages,
      fetch: async (address) =>
        address === 'https://a.example/'
          ? {
              ...{ outcome: 'fetched', url: 'https://b.example/x', contentType: 'text/html', name: '' },
              ...{ bytes: new Uint8Array(), isTruncated: false },
            }
          : pages.fetch(address),
    }
    expect(await toPageItem('https://a.example/', deps).read(signal)).toEqual({
      unread: expect.stringContaining('robots.txt'),
    })
  })
})
