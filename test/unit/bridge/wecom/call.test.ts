import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createPrepareCall } from '../../../../bridge/wecom/call.ts'
import type { Endpoint } from '../../../../bridge/wecom/endpoint.ts'
import { getServiceState } from '../../../../bridge/wecom/endpoints/get-service-state.ts'
import { type StubAnswer, shownOf, startPlatform } from './platform-stub.ts'

const token = 'TOKEN-that-nobody-may-see'
const echo: Endpoint<Record<string, unknown>, object> = {
  path: 'kf/echo',
  method: 'POST',
  toBody: (input) => input,
  response: z.looseObject({}),
}

async function callWith(answer: StubAnswer, { signal = new AbortController().signal, maxBytes = 10_000 } = {}) {
  await using platform = await startPlatform({ 'kf/service_state/get': () => answer })
  const prepare = createPrepareCall({ apiBase: platform.apiBase, fetch, deadlineMs: 150, maxBytes })
  const input = { openKfId: 'wk1', externalUserId: 'wm1' }
  return await prepare(getServiceState, input)(token, signal).catch((error: unknown) => error)
}

describe('a prepared call', () => {
  it('sends the token in the query and the body as UTF-8 JSON', async () => {
    await using platform = await startPlatform()
    const prepare = createPrepareCall({ apiBase: `${platform.apiBase}/`, fetch })
    await prepare(echo, { text: '你好😀' })(token, new AbortController().signal)
    const [sent] = platform.calls
    expect(sent?.path).toBe('kf/echo')
    expect(sent?.query.get('access_token')).toBe(token)
    expect(sent?.body).toBe('{"text":"你好😀"}')
  })

  it('sends no escape that the platform would answer with 40033', async () => {
    await using platform = await startPlatform()
    const prepare = createPrepareCall({ apiBase: platform.apiBase, fetch })
    const text = `a\ud83d b\ude00 c\u0000\u000b\u001b d\ne\t"\\ 😀`
    await prepare(echo, { nested: [{ text }] })(token, new AbortController().signal)
    expect(platform.calls[0]?.body).not.toMatch(/\\u/)
    expect(JSON.parse(platform.calls[0]?.body ?? '')).toEqual({ nested: [{ text: 'a b c d\ne\t"\\ 😀' }] })
  })

  it.each([
    ['errcode 0', { errcode: 0, errmsg: 'ok', service_state: 1 }],
    ['no errcode at all', { service_state: 1 }],
    ['errcode as a string', { errcode: '0', service_state: 1 }],
    ['fields that are new', { errcode: 0, service_state: 1, more: [] }],
  ])('takes for a success: %s', async (_name, answer) => {
    expect(await callWith(answer)).toEqual({ state: 1, servicerUserId: '' })
  })

  it('is refused when errcode is not 0, with action and hint, whatever the status', async () => {
    const body = {
      errcode: 95018,
      errmsg:
        'send msg session status invalid, hint: [1576065934_28_e0fa], from ip: 9.30.0.138, more info at https://x?e=95018',
    }
    for (const answer of [body, (response) => response.writeHead(403).end(JSON.stringify(body))] as StubAnswer[]) {
      const error = await callWith(answer)
      expect(error).toMatchObject({
        code: 'wecom.refused',
        retryable: false,
        details: { errcode: 95018, endpoint: 'kf/service_state/get', action: 'read-state', hint: '1576065934_28_e0fa' },
      })
      expect(shownOf(error)).not.toContain('9.30.0.138')
    }
  })

  const html = '<html>502 Bad Gateway</html>'
  it.each<[string, StubAnswer, Record<string, unknown>]>([
    ['HTML with 200', (r) => r.end(html), { reason: 'not-json', status: 200 }],
    ['HTML with 502', (r) => r.writeHead(502).end(html), { reason: 'status', status: 502 }],
    [
      'JSON without errcode and 404',
      (r) => r.writeHead(404).end('{"service_state":1}'),
      { reason: 'status', status: 404 },
    ],
    ['an errcode with 503', (r) => r.writeHead(503).end('{"errcode":95000}'), { reason: 'status', status: 503 }],
    ['an empty body', (r) => r.end(), { reason: 'not-json' }],
    ['JSON that is no object', (r) => r.end('7'), { reason: 'not-json' }],
    ['JSON cut in the middle', (r) => r.end('{"errcode":0,"servi'), { reason: 'not-json' }],
    [
      'an answer without what was asked for',
      { errcode: 0, errmsg: 'ok' },
      { reason: 'shape', fields: 'service_state' },
    ],
    [
      'a redirect',
      (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      { reason: 'status', status: 302 },
    ],
    ['a connection cut before the answer', (_r, request) => request.socket.destroy(), { reason: 'network' }],
    [
      'a connection cut within the answer',
      (r, request) => {
        r.writeHead(200, { 'content-length': '100' }).write('{"errcode":0', () => request.socket.destroy())
      },
      { reason: 'network' },
    ],
    ['silence', () => undefined, { reason: 'deadline', deadlineMs: 150 }],
    ['an answer that never ends', (r) => void r.writeHead(200).write('{"errcode":0'), { reason: 'deadline' }],
    [
      'an answer that is far too large',
      (r) => r.end(`{"service_state":1,"x":"${'x'.repeat(11_000)}"}`),
      { reason: 'too-large' },
    ],
  ])('is unreachable, and may be retried, on %s', async (_name, answer, details) => {
    const error = await callWith(answer)
    expect(error).toMatchObject({ code: 'wecom.unreachable', retryable: true, details })
    expect(shownOf(error)).not.toContain(token)
  })

  it('names why nothing listens there', async () => {
    const platform = await startPlatform()
    await platform[Symbol.asyncDispose]()
    const prepare = createPrepareCall({ apiBase: platform.apiBase, fetch })
    const error = await prepare(echo, {})(token, new AbortController().signal).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'network', cause: 'ECONNREFUSED' } })
    expect(shownOf(error)).not.toContain(token)
  })

  it('does not show the URL when the API base is not one', async () => {
    const prepare = createPrepareCall({ apiBase: 'no such base', fetch })
    const error = await prepare(echo, {})(token, new AbortController().signal).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'wecom.unreachable' })
    expect(shownOf(error)).not.toContain(token)
  })

  it('ends at once when the caller gives up', async () => {
    const giveUp = new AbortController()
    const error = callWith(() => giveUp.abort(), { signal: giveUp.signal })
    expect(await error).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'aborted' } })
  })
})
