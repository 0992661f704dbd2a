import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCallLimiter } from '../../../../bridge/wecom/call-limiter.ts'
import { refused, unreachable } from '../../../../bridge/wecom/wecom-error.ts'

const path = 'kf/send_msg'
const never = new AbortController().signal
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(options: Parameters<typeof createCallLimiter>[1] = {}) {
  const blocked: [string, number][] = []
  const limiter = createCallLimiter({ now: Date.now, onBlocked: (...args) => blocked.push(args) }, options)
  const startedAt: number[] = []
  const run = (operate = async () => {}, signal = never, key = path) =>
    limiter.run(
      path,
      key,
      async () => {
        startedAt.push(Date.now())
        await operate()
      },
      signal,
    )
  const refuseWith = (errcode: number) => caught(run(() => Promise.reject(refused(path, errcode))))
  return { limiter, run, refuseWith, startedAt, blocked }
}

/** Ends when told, so that calls can overlap. */
function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve, fail: reject }
}

describe('the rate of an endpoint', () => {
  it('stays below the limit in every minute, however many want to call', async () => {
    const { run, startedAt } = setUp({ perMinute: 600, maxWaitMs: 10 * 60_000 })
    const all = Promise.all(Array.from({ length: 2_000 }, () => run()))
    await vi.advanceTimersByTimeAsync(5 * 60_000)
    await all
    expect(startedAt).toHaveLength(2_000)
    const busiest = Math.max(
      ...startedAt.map((start) => startedAt.filter((at) => at >= start && at < start + 60_000).length),
    )
    expect(busiest).toBeLessThanOrEqual(600)
    // And it is not slower than it has to be.
    expect((startedAt.at(-1) ?? 0) - (startedAt[0] ?? 0)).toBeLessThan(4 * 60_000)
  })

  it('is shared by the processes that call, whenever they come and go', async () => {
    const one = setUp({ perMinute: 600, maxWaitMs: 10 * 60_000 })
    const other = setUp({ perMinute: 600, maxWaitMs: 10 * 60_000 })
    const all = [one, other].flatMap(({ run }) => Array.from({ length: 2_000 }, () => run()))
    for (const { limiter } of [one, other]) limiter.share(2)
    await vi.advanceTimersByTimeAsync(3 * 60_000)
    const startedAt = [...one.startedAt, ...other.startedAt].sort((a, b) => a - b)
    // After the first bursts, before they knew of each other.
    const later = startedAt.filter((at) => at > (startedAt[0] ?? 0) + 60_000)
    const busiest = Math.max(...later.map((start) => later.filter((at) => at >= start && at < start + 60_000).length))
    expect(busiest).toBeLessThanOrEqual(600)
    expect(busiest).toBeGreaterThan(400)
    // The other one is gone.
    one.limiter.share(1)
    const before = one.startedAt.length
    await vi.advanceTimersByTimeAsync(30_000)
    expect(one.startedAt.length - before).toBeGreaterThan(150)
    one.limiter.share(2)
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    await Promise.all(all)
  })

  it('stays below the limit of an hour', async () => {
    const { run, startedAt } = setUp({ perHour: 100, maxWaitMs: 3 * 3_600_000 })
    const all = Promise.all(Array.from({ length: 150 }, () => run()))
    await vi.advanceTimersByTimeAsync(2 * 3_600_000)
    await all
    const first = startedAt[0] ?? 0
    expect(startedAt.filter((at) => at < first + 3_600_000).length).toBeLessThanOrEqual(100)
  })

  it('refuses at once what would wait too long, and says how long', async () => {
    const { run } = setUp({ perMinute: 10, maxWaitMs: 1_000 })
    await run()
    await run()
    expect(await caught(run())).toMatchObject({
      code: 'wecom.refused',
      retryable: true,
      details: { errcode: 45009, action: 'wait', retryAfterMs: expect.any(Number) },
    })
  })

  it('keeps endpoints apart', async () => {
    const { run } = setUp({ perMinute: 5, maxWaitMs: 0 })
    await run()
    expect(await caught(run())).toMatchObject({ code: 'wecom.refused' })
    await run(undefined, never, 'kf/sync_msg')
  })
})

describe('what is left', () => {
  it('says how many calls may be made at once, none while it is blocked, and more with time', async () => {
    const { limiter, run, refuseWith } = setUp({ perMinute: 600 })
    expect(limiter.left()).toEqual([])
    await run()
    await run()
    expect(limiter.left()).toEqual([{ api: path, calls: 118 }])
    await vi.advanceTimersByTimeAsync(1000)
    expect(limiter.left()).toEqual([{ api: path, calls: 120 }])
    await refuseWith(45009)
    expect(limiter.left()).toEqual([{ api: path, calls: 0 }])
  })
})

describe('after 45009', () => {
  it('nothing of that endpoint is called until the window is over', async () => {
    const { run, refuseWith, startedAt, blocked } = setUp()
    await refuseWith(45009)
    const until = Date.now() + 60_000
    expect(blocked).toEqual([[path, until]])
    vi.advanceTimersByTime(59_999)
    expect(await caught(run())).toMatchObject({ details: { errcode: 45009, retryAfterMs: 1 } })
    vi.advanceTimersByTime(1)
    await run()
    expect(startedAt).toHaveLength(2)
  })

  it('waits twice as long each time, up to ten minutes, and from the start again once it is answered', async () => {
    const { refuseWith, run, blocked } = setUp()
    const waits: number[] = []
    for (let no = 0; no < 6; no += 1) {
      await refuseWith(45009)
      waits.push((blocked.at(-1)?.[1] ?? 0) - Date.now())
      vi.setSystemTime(blocked.at(-1)?.[1] ?? 0)
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10].map((minutes) => minutes * 60_000))
    await run()
    await refuseWith(45009)
    expect((blocked.at(-1)?.[1] ?? 0) - Date.now()).toBe(60_000)
  })

  it('calls that were under way together count once', async () => {
    const { run, blocked } = setUp()
    const [one, two] = [gate(), gate()]
    const both = Promise.all([caught(run(one.wait)), caught(run(two.wait))])
    vi.advanceTimersByTime(10)
    one.fail(refused(path, 45009))
    await vi.advanceTimersByTimeAsync(10)
    two.fail(refused(path, 45009))
    await both
    expect(blocked).toHaveLength(1)
  })

  it('whoever waits for a turn is told', async () => {
    const { run } = setUp({ perMinute: 10, maxWaitMs: 60_000 })
    await run()
    const last = gate()
    const running = caught(run(last.wait))
    const waiting = caught(run())
    last.fail(refused(path, 45009))
    await running
    expect(await waiting).toMatchObject({ details: { errcode: 45009, retryAfterMs: 60_000 } })
  })

  it('another process can say so', async () => {
    const { limiter, run, startedAt } = setUp()
    limiter.block(path, Date.now() + 5_000)
    expect(await caught(run())).toMatchObject({ details: { errcode: 45009, retryAfterMs: 5_000 } })
    expect(startedAt).toEqual([])
  })
})

describe('after 45033', () => {
  it('half as many run at once, and more again as the platform answers', async () => {
    const { run } = setUp()
    const gates = Array.from({ length: 8 }, gate)
    const calls = gates.map((each) => caught(run(each.wait)))
    await vi.advanceTimersByTimeAsync(0)
    gates[0]?.fail(refused(path, 45033))
    for (const each of gates.slice(1)) each.open()
    await Promise.all(calls)

    let running = 0
    let most = 0
    const count = async () => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
    }
    await Promise.all(Array.from({ length: 12 }, () => run(count)))
    expect(most).toBe(4)
    for (let no = 0; no < 40; no += 1) await run()
    most = 0
    await Promise.all(Array.from({ length: 12 }, () => run(count)))
    expect(most).toBeGreaterThan(4)
  })

  it('one still runs when one was too many', async () => {
    const { refuseWith, run } = setUp()
    await refuseWith(45033)
    await run()
  })

  it('a call that waits too long for its turn is refused without having been made', async () => {
    const { refuseWith, run, startedAt } = setUp({ maxWaitMs: 1_000 })
    await refuseWith(45033)
    const long = gate()
    const running = run(long.wait)
    const waiting = caught(run())
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await waiting).toMatchObject({
      retryable: true,
      details: { errcode: 45033, action: 'wait', retryAfterMs: 1_000 },
    })
    expect(startedAt).toHaveLength(2)
    long.open()
    await running
  })

  it('a caller that gives up makes room for the next', async () => {
    const { refuseWith, run } = setUp()
    await refuseWith(45033)
    const long = gate()
    const running = run(long.wait)
    const controller = new AbortController()
    const given = caught(run(undefined, controller.signal))
    const next = run()
    controller.abort()
    expect(await given).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'aborted' } })
    long.open()
    await Promise.all([running, next])
  })
})

it('a call that fails otherwise takes no place for ever', async () => {
  const { refuseWith, run } = setUp()
  await refuseWith(45033)
  for (let no = 0; no < 5; no += 1) await caught(run(() => Promise.reject(unreachable(path, 'network'))))
  await run()
})
