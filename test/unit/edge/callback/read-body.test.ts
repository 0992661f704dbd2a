import { describe, expect, it } from 'vitest'
import { readBody } from '../../../../edge/callback/read-body.ts'

function chunked(...chunks: Uint8Array[]): Request {
  let pulled = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[pulled]
      pulled += 1
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
  return new Request('https://e/callback', { method: 'POST', body })
}

const bytes = (text: string) => new TextEncoder().encode(text)

describe('readBody', () => {
  it('joins chunks, also where they cut a character', async () => {
    const [first, ...rest] = bytes('客服')
    expect(await readBody(chunked(new Uint8Array([first ?? 0]), new Uint8Array(rest)), 6)).toBe('客服')
  })

  it('takes a request without a body as empty', async () => {
    expect(await readBody(new Request('https://e/callback', { method: 'POST' }), 6)).toBe('')
  })

  it('refuses a body that is longer than it may be and states no length', async () => {
    const request = chunked(bytes('1234'), bytes('567'))
    expect(request.headers.get('content-length')).toBeNull()
    await expect(readBody(request, 6)).rejects.toMatchObject({ code: 'callback.body-too-large' })
  })

  it('stops reading where the limit is passed', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1
          controller.enqueue(new Uint8Array(1024))
        },
      },
      { highWaterMark: 0 },
    )
    const endless = new Request('https://e/callback', { method: 'POST', body })
    await expect(readBody(endless, 10 * 1024)).rejects.toMatchObject({ code: 'callback.body-too-large' })
    expect(pulled).toBeLessThan(100)
  })

  it('refuses by the stated length without reading', async () => {
    const request = new Request('https://e/callback', {
      method: 'POST',
      body: 'short',
      headers: { 'content-length': '7' },
    })
    await expect(readBody(request, 6)).rejects.toMatchObject({ code: 'callback.body-too-large' })
    expect(request.bodyUsed).toBe(false)
  })

  it.each([
    ['in the middle', [0x61, 0xc3, 0x28]],
    ['at the end', [0x61, 0xe5, 0xae]],
  ])('refuses what is not UTF-8 %s', async (_where, raw) => {
    await expect(readBody(chunked(new Uint8Array(raw)), 6)).rejects.toMatchObject({ code: 'callback.body-malformed' })
  })
})
