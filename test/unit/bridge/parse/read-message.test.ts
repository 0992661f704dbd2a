import { describe, expect, it } from 'vitest'
import type { Reading } from '../../../../bridge/parse/documents/reading.ts'
import type { FetchResult } from '../../../../bridge/parse/fetch/fetch-result.ts'
import {
  createLinkReader,
  type LinkReaderDeps,
  type LinkReaderOptions,
} from '../../../../bridge/parse/links/read-links.ts'
import { createReadMessage, isSelfContained } from '../../../../bridge/parse/read-message.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const signal = new AbortController().signal
const text = (content: string) => JSON.stringify({ msgtype: 'text', text: { content } })
const page = (title: string, words: string): Reading => ({
  outcome: 'read',
  kind: 'html',
  title,
  text: words,
  notes: [],
})

function reader(over: Partial<LinkReaderDeps> = {}, options: LinkReaderOptions = {}) {
  const opened: string[] = []
  const readLinks = createLinkReader(
    {
      fetch: async (url): Promise<FetchResult> => {
        opened.push(url)
        return {
          outcome: 'fetched',
          url,
          contentType: 'text/html',
          name: '手册.pdf',
          bytes: new Uint8Array(),
          isTruncated: false,
        }
      },
      read: async () => page('标题', '内容'),
      ...over,
    },
    options,
  )
  const understand = () => Promise.reject(new Error('there is no file here'))
  const readMessage = createReadMessage({ readLinks, understand })
  return {
    opened,
    readMessage: (raw: string, until: AbortSignal) =>
      readMessage({ msgid: 'm1', conv: 'wk:a', raw, receivedAt: Date.now() }, until),
  }
}

describe('createReadMessage', () => {
  it('adds what a link leads to after what the customer says', async () => {
    const { readMessage } = reader()
    expect(await readMessage(text('这个能退吗 https://a.com/1'), signal)).toEqual({
      text: '这个能退吗 https://a.com/1\n【网页】标题（https://a.com/1）\n> 内容\n【网页完】',
      title: '这个能退吗 https://a.com/1',
    })
  })

  it('opens the page of a link card', async () => {
    const { readMessage } = reader()
    const card = { msgtype: 'link', link: { title: '活动', desc: '满减', url: 'https://a.com/2' } }
    expect(await readMessage(JSON.stringify(card), signal)).toEqual({
      text: '[链接] 活动\n摘要：满减\n网址：https://a.com/2\n【网页】标题（https://a.com/2）\n> 内容\n【网页完】',
      title: '[链接] 活动',
    })
  })

  it('opens three links at most, each once, and says so of the others', async () => {
    const { readMessage, opened } = reader()
    const content = [1, 2, 2, 3, 4].map((number) => `https://a.com/${number}`).join(' ')
    const { text: seen } = await readMessage(text(content), signal)
    expect(opened).toEqual(['https://a.com/1', 'https://a.com/2', 'https://a.com/3'])
    expect(seen).toContain('【网页】https://a.com/4（一条消息只读取前 3 个链接，这个没有打开）')
  })

  it('shares the room among the links', async () => {
    const { readMessage } = reader({ read: async () => page('', '长'.repeat(10_000)) }, { maxChars: 1_000 })
    const { text: seen } = await readMessage(text('https://a.com/1 https://a.com/2'), signal)
    expect(seen.match(/长/g)?.length).toBe(2 * 499)
  })

  it('names a file behind a link when it has no title', async () => {
    const pdf: Reading = { outcome: 'read', kind: 'pdf', title: '', text: '步骤', notes: ['共 3 页'] }
    const { readMessage } = reader({ read: async () => pdf })
    expect((await readMessage(text('https://a.com/1'), signal)).text).toContain(
      '【网页】手册.pdf（https://a.com/1；PDF；共 3 页）\n> 步骤',
    )
  })

  it.each<[FetchResult, string]>([
    [{ outcome: 'failed', reason: 'forbidden' }, '出于安全考虑没有打开'],
    [{ outcome: 'failed', reason: 'timeout' }, '网站响应太慢'],
    [{ outcome: 'failed', reason: 'status', status: 404 }, '网页不存在'],
    [{ outcome: 'failed', reason: 'status', status: 599 }, '网站没有给出内容'],
  ])('says honestly that a link was not read: %o', async (result, words) => {
    const { readMessage } = reader({ fetch: async () => result })
    expect((await readMessage(text('https://a.com/1'), signal)).text).toContain(`（没有读到内容：${words}`)
  })

  it('keeps the other links when one is not read', async () => {
    const { readMessage } = reader({
      fetch: async (url) =>
        url.endsWith('1')
          ? { outcome: 'failed', reason: 'unreachable' }
          : { outcome: 'fetched', url, contentType: '', name: '', bytes: new Uint8Array(), isTruncated: false },
    })
    const { text: seen } = await readMessage(text('https://a.com/1 https://a.com/2'), signal)
    expect(seen).toContain('网站连接不上')
    expect(seen).toContain('> 内容')
  })

  it('is tried again when nothing can be read at the moment', async () => {
    const { readMessage } = reader({
      read: () => Promise.reject(new AppError('parse.busy', 'too many', { retryable: true })),
    })
    await expect(readMessage(text('https://a.com/1'), signal)).rejects.toMatchObject({
      code: 'parse.busy',
      retryable: true,
    })
  })

  it('opens no more addresses at a time than it may', async () => {
    let open = 0
    let most = 0
    const gates: (() => void)[] = []
    const { readMessage } = reader(
      {
        fetch: async () => {
          open += 1
          most = Math.max(most, open)
          await new Promise<void>((resolve) => gates.push(resolve))
          open -= 1
          return { outcome: 'failed', reason: 'timeout' }
        },
      },
      { maxOpen: 2 },
    )
    const reading = Promise.all([1, 2, 3].map((number) => readMessage(text(`https://a.com/${number}`), signal)))
    await waitUntil(() => gates.length === 2, { what: 'two are open' })
    gates.shift()?.()
    await waitUntil(() => gates.length === 2, { what: 'the third follows' })
    for (const gate of gates) gate()
    await reading
    expect(most).toBe(2)
  })

  it.each([
    '{',
    'null',
    '[]',
    '{"msgtype":"text"}',
    '{"msgtype":"text","text":{"content":"你好"}}',
    '{"msgtype":"link","link":{"url":7}}',
  ])('opens nothing for %s', async (raw) => {
    const { readMessage, opened } = reader()
    expect((await readMessage(raw, signal)).text).not.toBe('')
    expect(opened).toEqual([])
    expect(isSelfContained(raw)).toBe(true)
  })
})
