import { describe, expect, it, onTestFinished } from 'vitest'
import { type SingleJob, startSingleJob } from '../../../../bridge/stages/single-job.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const TIMING = { leaseMs: 200, renewMs: 30 }

/** A lease table in memory; `isAway` makes it fail as a database that is gone. */
function createLeases() {
  const held = new Map<string, { holder: string; until: number }>()
  const leases = {
    isAway: false,
    async acquire(name: string, holder: string, ttlMs: number) {
      if (leases.isAway) throw new Error('away')
      const lease = held.get(name)
      if (lease !== undefined && lease.holder !== holder && lease.until > performance.now()) return false
      held.set(name, { holder, until: performance.now() + ttlMs })
      return true
    },
    async release(name: string, holder: string) {
      if (held.get(name)?.holder === holder) held.delete(name)
    },
  }
  return leases
}

function start(leases: ReturnType<typeof createLeases>, instanceId: string, job: Partial<SingleJob> = {}) {
  const log = createRecordingLogger()
  const running = startSingleJob({ name: 'sweeper', everyMs: 10, ...job }, { leases, instanceId, timing: TIMING, log })
  onTestFinished(() => running.stop())
  return running
}

describe('startSingleJob', () => {
  it('runs in one process, and in the next one when that one ends', async () => {
    const leases = createLeases()
    const runs: string[] = []
    const one = start(leases, 'one', { run: async () => void runs.push('one') })
    await waitUntil(() => runs.length > 1, { what: 'the first runs' })
    const two = start(leases, 'two', { run: async () => void runs.push('two') })
    await waitUntil(() => runs.length > 6, { what: 'it goes on' })
    expect(runs).not.toContain('two')
    await one.stop()
    await waitUntil(() => runs.includes('two'), { what: 'the second takes over' })
    expect(two.isHeld).toBe(true)
  })

  it('is taken over after a crash, when the lease has run out', async () => {
    const leases = createLeases()
    await leases.acquire('sweeper', 'crashed', TIMING.leaseMs)
    const startedAt = performance.now()
    const next = start(leases, 'next')
    await waitUntil(() => next.isHeld, { what: 'it takes over' })
    expect(performance.now() - startedAt).toBeLessThan(TIMING.leaseMs + 5 * TIMING.renewMs)
  })

  it('gives up what it does when it can not renew, and goes on when it can again', async () => {
    const leases = createLeases()
    const told: string[] = []
    let runs = 0
    const job = start(leases, 'one', {
      onGained: () => void told.push('gained'),
      onLost: () => void told.push('lost'),
      async run() {
        runs += 1
      },
    })
    await waitUntil(() => runs > 0, { what: 'it runs' })
    leases.isAway = true
    await waitUntil(() => told.includes('lost'), { what: 'it gives up' })
    expect(job.isHeld).toBe(false)
    const before = runs
    leases.isAway = false
    await waitUntil(() => runs > before, { what: 'it runs again' })
    expect(told).toEqual(['gained', 'lost', 'gained'])
  })

  it('takes no turn beyond its lease while the database says neither yes nor no', async () => {
    const leases = createLeases()
    let runs = 0
    const job = start(leases, 'one', {
      async run() {
        runs += 1
      },
    })
    await waitUntil(() => runs > 0, { what: 'it runs' })
    let heldUntil = 0
    leases.acquire = () => {
      heldUntil ||= performance.now() + TIMING.leaseMs
      return new Promise((resolve) => setTimeout(() => resolve(true), 3 * TIMING.leaseMs))
    }
    await waitUntil(() => heldUntil > 0 && performance.now() > heldUntil + 20, { what: 'the lease is over' })
    const before = runs
    await waitUntil(() => performance.now() > heldUntil + TIMING.leaseMs, { what: 'as long again' })
    expect(runs).toBe(before)
    const stoppedAt = performance.now()
    await job.stop()
    // It waits for the one call that hangs, not for one call for each beat.
    expect(performance.now() - stoppedAt).toBeLessThan(4 * TIMING.leaseMs)
  })

  it('goes on after a turn that failed', async () => {
    let runs = 0
    start(createLeases(), 'one', {
      async run() {
        runs += 1
        if (runs === 1) throw new Error('once')
      },
    })
    await waitUntil(() => runs > 2, { what: 'it goes on' })
  })

  it('begins anew when its beginning failed', async () => {
    let begun = 0
    const running = start(createLeases(), 'one', {
      async onGained() {
        begun += 1
        if (begun < 3) throw new Error('not yet')
      },
      run: async () => undefined,
    })
    await waitUntil(() => begun === 3 && running.isHeld, { what: 'it has begun' })
  })

  it('leaves it to others to say that the database is away', async () => {
    const log = createRecordingLogger()
    const acquire = async () => {
      throw new AppError('database.unavailable', 'full', { retryable: true })
    }
    const job = startSingleJob(
      { name: 'sweeper' },
      { leases: { acquire, release: async () => undefined }, instanceId: 'one', timing: TIMING, log },
    )
    onTestFinished(() => job.stop())
    await waitUntil(() => log.lines.length > 2, { what: 'it tries' })
    expect(new Set(log.lines.map(({ level }) => level))).toEqual(new Set(['debug']))
  })
})
