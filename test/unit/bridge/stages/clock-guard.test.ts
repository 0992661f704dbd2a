import { describe, expect, it } from 'vitest'
import { createClockGuard } from '../../../../bridge/stages/clock-guard.ts'
import type { ClockJump } from '../../../../bridge/store/clock-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

function start() {
  const world = { now: 1_000_000, monotonic: 500, jumps: [] as ClockJump[], clamps: 0, rows: 0, isAway: false }
  const log = createRecordingLogger()
  const guard = createClockGuard({
    clock: {
      async follow(jump) {
        if (world.isAway) throw new Error('away')
        world.jumps.push(jump)
      },
      async clamp() {
        world.clamps += 1
        return world.rows
      },
    },
    now: () => world.now,
    monotonic: () => world.monotonic,
    log,
  })
  const pass = (ms: number, jumpMs = 0) => {
    world.monotonic += ms
    world.now += ms + jumpMs
  }
  return { world, guard, log, pass }
}

describe('createClockGuard', () => {
  it.each([
    ['a clock that goes on', 2000, 0],
    ['a long stop of the process', 3_600_000, 0],
    ['a step of five seconds', 2000, 5000],
    ['a step back of five seconds', 2000, -5000],
  ])('takes %s for no jump', async (_what, ms, jumpMs) => {
    const { world, guard, log, pass } = start()
    pass(ms, jumpMs)
    await guard.check()
    expect(world.jumps).toEqual([])
    expect(log.lines).toEqual([])
  })

  it.each([5001, -5001, 36_000_000, -36_000_000])('follows a jump by %d ms once', async (byMs) => {
    const { world, guard, log, pass } = start()
    pass(2000, byMs)
    await guard.check()
    pass(2000)
    await guard.check()
    expect(world.jumps).toEqual([{ byMs, lastNow: 1_000_000, sinceMs: 2000 }])
    expect(log.lines).toMatchObject([{ level: 'error', name: 'clock.jumped', fields: { byMs } }])
  })

  it('follows a jump later when the database was away', async () => {
    const { world, guard, pass } = start()
    world.isAway = true
    pass(2000, -60_000)
    await expect(guard.check()).rejects.toThrow('away')
    world.isAway = false
    pass(2000)
    await guard.check()
    expect(world.jumps).toEqual([{ byMs: -60_000, lastNow: 1_000_000, sinceMs: 4000 }])
  })

  it('looks for a while after for what others wrote by the old clock, and not for ever', async () => {
    const { world, guard, pass } = start()
    pass(2000, -60_000)
    for (let looks = 0; looks < 20; looks += 1) {
      await guard.check()
      pass(2000)
    }
    expect(world.clamps).toBe(5)
  })

  it('sets right at its start what lies too far ahead, and says so', async () => {
    const { world, guard, log } = start()
    await guard.start()
    world.rows = 3
    await guard.start()
    expect(log.lines).toMatchObject([{ level: 'warn', name: 'clock.was-ahead', fields: { rows: 3 } }])
  })
})
