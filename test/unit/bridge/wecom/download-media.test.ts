import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createDownloadMedia, type DownloadMediaDeps } from '../../../../bridge/wecom/download-media.ts'
import { type StubAnswer, startPlatform } from './platform-stub.ts'

const never = new AbortController().signal
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)
const content = Buffer.from(Array.from({ length: 100_000 }, (_, no) => no % 251))

async function setUp(answer: (no: number) => StubAnswer, options: Partial<DownloadMediaDeps> = {}) {
  const platform = await startPlatform({ 'media/get': (_call, no) => answer(no) })
  const download = createDownloadMedia({
    apiBase: platform.apiBase,
    fetch,
    run: (_path, operate) => operate('token-1'),
    deadlineMs: 500,
    ...options,
  })
  return {
    download,
    platform,
    /** Reads all of it. */
    read: async () => {
      const { body, ...file } = await download('m1', never)
      return { ...file, bytes: Buffer.concat(await Array.fromAsync(body)) }
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}

/** Answers as the platform does, and refuses ranges that it refuses. Cuts the connection after `cutAfter` bytes. */
function file(
  headers: Record<string, string> = {},
  { cutAfter, ranges }: { cutAfter?: number; ranges?: string[] } = {},
): StubAnswer {
  return (response: ServerResponse, request: IncomingMessage) => {
    const { range } = request.headers
    const [, from = '0', to = ''] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? []
    const start = Number(from)
    const end = to === '' ? content.length : Math.min(Number(to) + 1, content.length)
    if (range !== undefined) ranges?.push(range)
    const isAligned = start % 16 === 0 && (end % 16 === 0 || end === content.length)
    if (!isAligned) return response.end(JSON.stringify({ errcode: 40146 }))
    response.writeHead(range === undefined ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="a.bin"',
      'content-length': end - start,
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
      ...headers,
    })
    if (cutAfter === undefined) return response.end(content.subarray(start, end))
    return response.write(content.subarray(start, Math.min(start + cutAfter, end)), () =>
      setTimeout(() => response.destroy(), 20),
    )
  }
}

describe('a download', () => {
  it('gives the bytes, name, type and size', async () => {
    await using world = await setUp(() => file())
    expect(await world.read()).toEqual({
      name: 'a.bin',
      contentType: 'application/octet-stream',
      size: content.length,
      bytes: content,
    })
    expect(world.platform.calls[0]?.query.get('media_id')).toBe('m1')
  })

  it.each([
    [`attachment; filename="x.pdf"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7.pdf`, '报价.pdf'],
    [`attachment; filename="${Buffer.from('报价.pdf').toString('latin1')}"`, '报价.pdf'],
    ['attachment; filename=plain.txt', 'plain.txt'],
    ['attachment; filename="a \\"b\\".txt"', 'a "b".txt'],
    ['attachment; filename="../../etc/passwd"', '.._.._etc_passwd'],
    [`attachment; filename*=UTF-8''..%5C..%2Fa%00b`, '.._.._a_b'],
    [`attachment; filename*=UTF-8''%zz.txt`, '%zz.txt'],
    ['attachment', ''],
  ])('reads the name of %s', async (disposition, name) => {
    await using world = await setUp(() => file({ 'content-disposition': disposition }))
    expect((await world.read()).name).toBe(name)
  })

  it.each([
    ['application/json', { errcode: 40007, errmsg: 'invalid media_id' }, 40007],
    ['text/plain', { errcode: 42001, errmsg: 'expired' }, 42001],
  ])('knows a refusal by its JSON, sent as %s', async (type, answer, errcode) => {
    await using world = await setUp(
      () => (response) => response.setHeader('content-type', type).end(JSON.stringify(answer)),
    )
    expect(await caught(world.download('m1', never))).toMatchObject({ code: 'wecom.refused', details: { errcode } })
  })

  it("takes a customer's file for a file although it is JSON with an errcode", async () => {
    const text = JSON.stringify({ errcode: 40007, errmsg: 'mine' })
    await using world = await setUp(
      () => (response) =>
        response
          .writeHead(200, {
            'content-type': 'application/json',
            'content-disposition': 'attachment; filename="a.json"',
          })
          .end(text),
    )
    expect(String((await world.read()).bytes)).toBe(text)
  })

  it('asks for ranges of multiples of 16 when the file is too large for one answer', async () => {
    const ranges: string[] = []
    await using world = await setUp((no) => (no === 1 ? { errcode: 830002 } : file({}, { ranges })), {
      rangeBytes: 48_000,
    })
    expect((await world.read()).bytes.equals(content)).toBe(true)
    expect(ranges).toEqual(['bytes=0-47999', 'bytes=48000-95999', 'bytes=96000-99999'])
  })

  it('goes on where it stopped when the connection is cut', async () => {
    const ranges: string[] = []
    await using world = await setUp((no) => file({}, no === 1 ? { cutAfter: 70_001, ranges } : { ranges }))
    const { bytes } = await world.read()
    expect(bytes.equals(content)).toBe(true)
    expect(ranges).toEqual(['bytes=70000-99999'])
  })

  it('gives up when it gets nowhere', async () => {
    await using world = await setUp(() => file({}, { cutAfter: 16 }))
    expect(await caught(world.read())).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'network' } })
    expect(world.platform.count('media/get')).toBe(4)
  })

  it('ends when nothing comes any more', async () => {
    await using world = await setUp(
      () => (response) => {
        response.writeHead(200, { 'content-disposition': 'attachment; filename="a"' })
        response.write('abc')
      },
      { deadlineMs: 50 },
    )
    expect(await caught(world.read())).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'deadline' } })
  })

  it('waits for a reader that is slower than the deadline', async () => {
    await using world = await setUp(() => file(), { deadlineMs: 250 })
    const { body } = await world.download('m1', never)
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(bytes).toBe(content.length)
    expect(world.platform.count('media/get')).toBe(1)
  })

  it('refuses what is too large, told or not, and reads no more of it', async () => {
    await using told = await setUp(() => file())
    expect(await caught(told.download('m1', never, { maxBytes: 99_999 }))).toMatchObject({
      details: { reason: 'too-large', found: 100_000 },
    })
    await using untold = await setUp(() => (response) => {
      response.writeHead(200, { 'content-disposition': 'attachment; filename="a"' })
      response.end(content)
    })
    const { body } = await untold.download('m1', never, { maxBytes: 1_000 })
    expect(await caught(Array.fromAsync(body))).toMatchObject({ details: { reason: 'too-large' } })
  })

  it.each<[string, StubAnswer, object]>([
    ['a broken gateway', (response) => response.writeHead(502).end('<html>'), { reason: 'status', status: 502 }],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1' }).end(),
      { reason: 'status' },
    ],
    [
      'JSON that is neither',
      (response) => response.setHeader('content-type', 'application/json').end('{}'),
      { reason: 'shape' },
    ],
    ['a cut', (_response, request) => request.socket.destroy(), { reason: 'network' }],
    ['silence', () => undefined, { reason: 'deadline' }],
  ])('is unreachable on %s, without the URL', async (_name, answer, details) => {
    await using world = await setUp(() => answer)
    const error = await caught(world.download('m1', never))
    expect(error).toMatchObject({ code: 'wecom.unreachable', details })
    expect(String((error as Error).stack)).not.toContain('token-1')
  })

  it('does not take another part of the file for the one asked for', async () => {
    await using world = await setUp((no) =>
      no === 1 ? file({}, { cutAfter: 70_000 }) : file({ 'content-range': `bytes 0-99999/${content.length}` }),
    )
    expect(await caught(world.read())).toMatchObject({ details: { reason: 'shape' } })
  })
})
