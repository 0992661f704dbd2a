import { describe, expect, it } from 'vitest'
import {
  HANDSHAKE_HEADERS,
  HANDSHAKE_WINDOW_MS,
  type Handshake,
  signHandshake,
  verifyHandshake,
} from '../../../shared/bridge-handshake.ts'

const NOW = 1_750_000_000_000
const SECRET = 'the-current-secret'
const CORP = 'ww1'
const HANDSHAKE: Handshake = {
  method: 'GET',
  path: '/bridge',
  corpId: CORP,
  timestamp: NOW,
  nonce: 'n1',
  databaseId: 'd1',
  takeOver: false,
}

async function verify(headers: Record<string, string>, { secrets = [SECRET], corpId = CORP, path = '/bridge' } = {}) {
  return verifyHandshake(secrets, corpId, { method: 'GET', path, header: (name) => headers[name] }, NOW)
}

describe('verifyHandshake', () => {
  it('accepts what signHandshake made', async () => {
    const verdict = await verify(await signHandshake(SECRET, HANDSHAKE))
    expect(verdict).toEqual({ ok: true, handshake: HANDSHAKE, secretIndex: 0 })
  })

  it('says which secret matched during a rotation', async () => {
    const headers = await signHandshake(SECRET, HANDSHAKE)
    expect(await verify(headers, { secrets: ['the-next-secret', SECRET] })).toMatchObject({ ok: true, secretIndex: 1 })
  })

  it.each([
    ['the oldest that it may be', NOW - HANDSHAKE_WINDOW_MS, true],
    ['older than that', NOW - HANDSHAKE_WINDOW_MS - 1, false],
    ['the newest that it may be', NOW + HANDSHAKE_WINDOW_MS, true],
    ['newer than that', NOW + HANDSHAKE_WINDOW_MS + 1, false],
  ])('a timestamp that is %s', async (_what, timestamp, ok) => {
    const verdict = await verify(await signHandshake(SECRET, { ...HANDSHAKE, timestamp }))
    expect(verdict).toMatchObject(ok ? { ok } : { ok, reason: 'stale' })
  })

  it.each<[string, Partial<Handshake>]>([
    ['method', { method: 'POST' }],
    ['path', { path: '/other' }],
    ['company', { corpId: 'ww2' }],
  ])('refuses a signature made for another %s', async (_what, change) => {
    const verdict = await verify(await signHandshake(SECRET, { ...HANDSHAKE, ...change }))
    expect(verdict).toEqual({ ok: false, reason: 'forged' })
  })

  it.each([
    ['timestamp', String(NOW + 1)],
    ['nonce', 'n2'],
    ['database', 'd2'],
    ['takeOver', '1'],
    ['signature', '0'.repeat(64)],
  ] as const)('refuses a changed %s', async (field, value) => {
    const headers = await signHandshake(SECRET, HANDSHAKE)
    expect(await verify({ ...headers, [HANDSHAKE_HEADERS[field]]: value })).toEqual({ ok: false, reason: 'forged' })
  })

  it.each(['timestamp', 'nonce', 'database', 'signature'] as const)('refuses a missing %s', async (field) => {
    const headers = await signHandshake(SECRET, HANDSHAKE)
    expect(await verify({ ...headers, [HANDSHAKE_HEADERS[field]]: '' })).toEqual({
      ok: false,
      reason: expect.any(String),
    })
  })

  it.each(['1e12', '0x1', 'NaN', '1750000000000.5', 'Infinity'])(
    'never accepts the timestamp %s',
    async (timestamp) => {
      const headers = await signHandshake(SECRET, HANDSHAKE)
      expect(await verify({ ...headers, [HANDSHAKE_HEADERS.timestamp]: timestamp })).toMatchObject({ ok: false })
    },
  )

  it('fields cannot be shifted into each other', async () => {
    const headers = await signHandshake(SECRET, { ...HANDSHAKE, nonce: 'ab', databaseId: 'c' })
    const shifted = { ...headers, [HANDSHAKE_HEADERS.nonce]: 'a', [HANDSHAKE_HEADERS.database]: 'bc' }
    expect(await verify(shifted)).toEqual({ ok: false, reason: 'forged' })
  })

  it('puts no secret into a header', async () => {
    expect(JSON.stringify(await signHandshake(SECRET, HANDSHAKE))).not.toContain(SECRET)
  })
})
