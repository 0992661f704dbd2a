import { describe, expect, it, onTestFinished } from 'vitest'
import { holdLease } from '../../../../bridge/stages/hold-lease.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const LEASE_MS = 60
const never = new AbortController().signal

function hold(renew: () => Promise<boolean>, shutdown = never) {
  const lease = holdLease(renew, LEASE_MS, shutdown)
  onTestFinished(() => lease.stop())
  return lease
}

describe('holdLease', () => {
  it('renews for as long as the work runs', async () => {
    let renewals = 0
    const lease = hold(async () => {
      renewals += 1
      return true
    })
    await waitUntil(() => renewals >= 6, { what: 'twice the lease has passed' })
    expect(lease.signal.aborted).toBe(false)
  })

  it('stops the work as soon as somebody else has the row', async () => {
    let renewals = 0
    const lease = hold(async () => {
      renewals += 1
      return renewals < 3
    })
    await waitUntil(() => renewals === 3, { what: 'somebody takes it' })
    // Not only when the lease would have run out.
    await Promise.resolve()
    expect(lease.signal.aborted).toBe(true)
  })

  it('lets the work go on while the database is away, but not past the lease', async () => {
    const startedAt = performance.now()
    const lease = hold(async () => {
      throw new Error('away')
    })
    await waitUntil(() => lease.signal.aborted, { what: 'it stops' })
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LEASE_MS * 0.9)
  })

  it('stops the work when the bridge shuts down', () => {
    const shutdown = new AbortController()
    const lease = hold(async () => true, shutdown.signal)
    shutdown.abort()
    expect(lease.signal.aborted).toBe(true)
  })
})
