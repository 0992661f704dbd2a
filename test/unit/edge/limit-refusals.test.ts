import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createRefusalLimit } from '../../../edge/limit-refusals.ts'
import { nudgeXml, signedCallback } from './support/signed-callback.ts'

// Of vitest.config.ts, whose keys are the published ones.
const corpId = 'wx5823bf96d3bd56c7'

async function post(address: string, options: { token?: string } = {}): Promise<Response> {
  const { query, body } = await signedCallback(nudgeXml(), { corpId, ...options })
  const headers = { 'cf-connecting-ip': address }
  return exports.default.fetch(`https://edge/callback${query}`, { method: 'POST', body, headers })
}

describe('the brake for strangers', () => {
  it('is bound in wrangler.toml', () => {
    expect(env).toHaveProperty('REFUSALS')
  })

  it('answers 429 past a hundred refusals, and never to a real callback from the same address', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 110; count += 1) {
      const response = await post('203.0.113.1', { token: 'another' })
      statuses.push(response.status)
      if (response.status === 429) expect(response.headers.get('retry-after')).toBe('60')
    }
    expect(statuses.slice(0, 90).every((status) => status === 403)).toBe(true)
    expect(statuses.at(-1)).toBe(429)
    const real = await post('203.0.113.1')
    expect([real.status, await real.text()]).toEqual([200, 'success'])
    expect((await post('203.0.113.2', { token: 'another' })).status).toBe(403)
  })

  it('counts no failure of our own, and holds nobody off when it fails itself', async () => {
    const log = {
      lines: [] as string[],
      info: () => {},
      warn: (name: string) => void log.lines.push(name),
      error: () => {},
    }
    const isOneTooMany = createRefusalLimit({ log, now: () => 0 })
    const request = new Request('https://edge/callback')
    const full = { REFUSALS: { limit: async () => ({ success: false }) } }
    const broken = {
      REFUSALS: {
        limit: async () => {
          throw new Error('down')
        },
      },
    }
    expect(await isOneTooMany(request, full, 'mailbox.unavailable')).toBe(false)
    expect(await isOneTooMany(request, full, 'config.invalid')).toBe(false)
    expect(await isOneTooMany(request, broken, 'callback.signature-wrong')).toBe(false)
    expect(await isOneTooMany(request, {}, 'callback.signature-wrong')).toBe(false)
    expect(await isOneTooMany(request, full, 'callback.signature-wrong')).toBe(true)
    expect(await isOneTooMany(request, full, 'bridge.handshake-forged')).toBe(true)
    expect(log.lines).toEqual(['request.limited'])
  })
})

describe('every answer', () => {
  it.each(['/healthz', '/callback', '/nowhere', '/bridge'])(
    'of %s tells a browser to do nothing with it',
    async (path) => {
      for (const _ of [1, 2]) {
        const { headers } = await exports.default.fetch(`https://edge${path}`)
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('content-security-policy')).toContain("default-src 'none'")
        expect(headers.get('strict-transport-security')).toContain('max-age=')
        expect(headers.get('cache-control')).not.toBeNull()
      }
    },
  )
})
