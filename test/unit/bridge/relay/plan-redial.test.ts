import { describe, expect, it } from 'vitest'
import { planRedial } from '../../../../bridge/relay/plan-redial.ts'
import { RELAY_TIMING } from '../../../../bridge/relay/relay-timing.ts'
import type { SessionEnd } from '../../../../bridge/relay/session-end.ts'

const plan = (end: SessionEnd, failures: number, random: number) =>
  planRedial(end, { failures, timing: RELAY_TIMING, random: () => random })

describe('planRedial', () => {
  const lost: SessionEnd = { kind: 'closed', code: 1006, lastedMs: 0 }

  it.each([
    { failures: 0, most: 500 },
    { failures: 1, most: 1_000 },
    { failures: 3, most: 4_000 },
    { failures: 6, most: 30_000 },
    { failures: 500, most: 30_000 },
  ])('waits anything up to $most ms after $failures failures', ({ failures, most }) => {
    expect(plan(lost, failures, 0).delayMs).toBe(0)
    expect(plan(lost, failures, 0.999_999).delayMs).toBe(most - 1)
  })

  it.each([
    { what: 'a refused proof', end: { kind: 'refused', status: 401 }, needsPerson: true },
    { what: 'a forbidden upgrade', end: { kind: 'refused', status: 403 }, needsPerson: true },
    { what: 'a newer session', end: { kind: 'closed', code: 4001, lastedMs: 5 }, needsPerson: false },
    { what: "another database's mailbox", end: { kind: 'closed', code: 4002, lastedMs: 0 }, needsPerson: true },
  ] as const)('waits at least a minute after $what', ({ end, needsPerson }) => {
    expect(plan(end, 0, 0)).toMatchObject({ delayMs: 60_000, needsPerson })
    expect(plan(end, 0, 0.999).delayMs).toBeGreaterThan(80_000)
  })

  it.each([
    { what: '409', end: { kind: 'refused', status: 409 } },
    { what: '500', end: { kind: 'refused', status: 500 } },
    { what: 'no route', end: { kind: 'unreachable', reason: 'ECONNREFUSED' } },
    { what: 'an unknown close code', end: { kind: 'closed', code: 4999, lastedMs: 0 } },
  ] as const)('dials again soon after $what', ({ end }) => {
    expect(plan(end, 0, 0.5)).toMatchObject({ delayMs: 250, needsPerson: false })
  })

  it.each([429, 503])('honours the Retry-After of a %i, up to an hour', (status) => {
    expect(plan({ kind: 'refused', status, retryAfterMs: 45_000 }, 0, 0.5).delayMs).toBe(45_000)
    expect(plan({ kind: 'refused', status, retryAfterMs: 10 }, 0, 0.5).delayMs).toBe(250)
    expect(plan({ kind: 'refused', status, retryAfterMs: 1e12 }, 0, 0.5).delayMs).toBe(3_600_000)
  })

  it('says what to check when the proof is refused, and how far the clocks are apart', () => {
    const { reason } = plan({ kind: 'refused', status: 401, clockAheadMs: -95_000 }, 0, 0)
    for (const word of ['BRIDGE_TOKEN', 'WECHAT_CORP_ID', 'clock', "95 s behind the edge's"])
      expect(reason).toContain(word)
    expect(plan({ kind: 'refused', status: 401, clockAheadMs: 800 }, 0, 0).reason).not.toContain('ahead')
  })

  it('names the command that moves the mailbox', () => {
    expect(plan({ kind: 'closed', code: 4002, lastedMs: 0 }, 0, 0).reason).toContain('npm run kefu -- relay take-over')
  })

  it.each([301, 400, 404, 426])('takes a %i for a wrong EDGE_URL', (status) => {
    expect(plan({ kind: 'refused', status }, 0, 0)).toMatchObject({ needsPerson: true })
    expect(plan({ kind: 'refused', status }, 0, 0).reason).toContain('EDGE_URL')
  })
})
