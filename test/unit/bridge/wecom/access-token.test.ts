import { describe, expect, it } from 'vitest'
import { createAccessToken } from '../../../../bridge/wecom/access-token.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { corpId, createMemoryTokenStore, type StubCall, secret, shownOf, startPlatform } from './platform-stub.ts'

const minute = 60_000
const never = new AbortController().signal

async function setUp(gettoken?: (call: StubCall, no: number) => object | (() => void)) {
  const platform = await startPlatform(gettoken === undefined ? {} : { gettoken })
  const store = createMemoryTokenStore()
  const log = createRecordingLogger()
  let time = Date.UTC(2026, 10, 22)
  return {
    lines: log.lines,
    named: (name: string) => log.lines.filter((line) => line.name === name),
    platform,
    store,
    now: () => time,
    pass: (ms: number) => {
      time += ms
    },
    /** Each is a process of its own. */
    process: (other: { secret?: string } = {}) =>
      createAccessToken(
        { apiBase: platform.apiBase, corpId, secret, store, fetch, now: () => time, log, ...other },
        { pollMs: 5, deadlineMs: 300 },
      ),
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

describe('createAccessToken', () => {
  it('asks with corp id and secret, once for all callers at a time and until it expires', async () => {
    await using world = await setUp()
    const token = world.process()
    expect(await Promise.all(Array.from({ length: 20 }, () => token.get(never)))).toEqual(Array(20).fill('token-1'))
    world.pass(114 * minute)
    expect(await token.get(never)).toBe('token-1')
    expect(world.platform.calls).toHaveLength(1)
    expect(Object.fromEntries(world.platform.calls[0]?.query ?? [])).toEqual({ corpid: corpId, corpsecret: secret })
  })

  it('refreshes five minutes early, and at nine tenths of a short life', async () => {
    await using world = await setUp((_call, no) => ({ access_token: `t${no}`, expires_in: no === 1 ? 7200 : 60 }))
    const token = world.process()
    await token.get(never)
    world.pass(115 * minute)
    expect(await token.get(never)).toBe('t2')
    world.pass(53_000)
    expect(await token.get(never)).toBe('t2')
    world.pass(2_000)
    expect(await token.get(never)).toBe('t3')
  })

  it('is asked for once by many processes, which wait for the one that asks', async () => {
    let answer = () => {}
    const asked = Promise.withResolvers<void>()
    await using world = await setUp((_call, no) => (...args: unknown[]) => {
      const response = args[0] as { end(text: string): void }
      answer = () => response.end(JSON.stringify({ access_token: `t${no}`, expires_in: 7200 }))
      asked.resolve()
    })
    const tokens = Array.from({ length: 5 }, () => world.process().get(never))
    await asked.promise
    answer()
    expect(await Promise.all(tokens)).toEqual(Array(5).fill('t1'))
    expect(world.platform.count('gettoken')).toBe(1)
  })

  it('looks again once it has the lease: another process may have been quicker', async () => {
    await using world = await setUp()
    const { withRefreshLease } = world.store
    const theirs = await world.process().get(never)
    const stored = await world.store.load()
    world.pass(119 * minute)
    world.store.withRefreshLease = async (refresh) => {
      if (stored !== undefined)
        await world.store.save({ ...stored, token: 'theirs', expiresAt: world.now() + 120 * minute })
      return withRefreshLease(refresh)
    }
    expect(theirs).toBe('token-1')
    expect(await world.process().get(never)).toBe('theirs')
    expect(world.platform.count('gettoken')).toBe(1)
  })

  it('takes the lease once for all callers of a process', async () => {
    await using world = await setUp()
    const { withRefreshLease } = world.store
    let taken = 0
    world.store.withRefreshLease = (refresh) => {
      taken += 1
      return withRefreshLease(refresh)
    }
    const token = world.process()
    await Promise.all(Array.from({ length: 20 }, () => token.get(never)))
    expect(taken).toBe(1)
  })

  it('gives up on another process that never finishes', async () => {
    await using world = await setUp()
    void world.store.withRefreshLease(() => new Promise(() => {}))
    expect(await caught(world.process().get(never))).toMatchObject({ code: 'wecom.unreachable', retryable: true })
    expect(world.platform.calls).toHaveLength(0)
  })

  it('lets one caller give up without ending the refresh for the others', async () => {
    await using world = await setUp()
    const token = world.process()
    const giveUp = new AbortController()
    const first = caught(token.get(giveUp.signal))
    const second = token.get(never)
    giveUp.abort()
    expect(await first).toMatchObject({ code: 'wecom.unreachable', details: { reason: 'aborted' } })
    expect(await second).toBe('token-1')
  })

  it('replaces a revoked token once, however many calls it failed', async () => {
    await using world = await setUp()
    const token = world.process()
    await token.get(never)
    world.pass(10 * minute)
    expect(await Promise.all([1, 2, 3].map(() => token.replace('token-1', never)))).toEqual(Array(3).fill('token-2'))
    expect(await token.replace('token-1', never)).toBe('token-2')
    expect(world.platform.count('gettoken')).toBe(2)
  })

  it('takes the token that another process has put in place of the revoked one', async () => {
    await using world = await setUp()
    const [one, other] = [world.process(), world.process()]
    await one.get(never)
    await other.get(never)
    world.pass(10 * minute)
    await one.replace('token-1', never)
    expect(await other.replace('token-1', never)).toBe('token-2')
    expect(world.platform.count('gettoken')).toBe(2)
  })

  it('does not replace a token that is seconds old: the next one would be refused as well', async () => {
    await using world = await setUp()
    const token = world.process()
    await token.get(never)
    world.pass(4_000)
    expect(await token.replace('token-1', never)).toBeUndefined()
    expect(world.platform.count('gettoken')).toBe(1)
  })

  it('tries again after the platform was not reached, and tells it from a refusal', async () => {
    await using world = await setUp((_call, no) => {
      if (no === 1) return { errcode: -1, errmsg: 'system busy' }
      return { access_token: 'late', expires_in: 7200 }
    })
    const token = world.process()
    expect(await caught(token.get(never))).toMatchObject({ code: 'wecom.refused', retryable: true })
    expect(await token.get(never)).toBe('late')
  })

  it.each([40001, 40013, 40091, 41004, 50003])('stops calling after %i, in every process', async (errcode) => {
    await using world = await setUp(() => ({ errcode, errmsg: `invalid credential ${secret}, hint: [1_2_ab]` }))
    const token = world.process()
    for (let no = 0; no < 50; no += 1) {
      const error = await caught(token.get(never))
      expect(error).toMatchObject({
        code: 'wecom.token',
        retryable: false,
        details: { errcode, action: expect.any(String) },
      })
      expect(shownOf(error)).not.toContain(secret)
    }
    expect(await caught(world.process().get(never))).toMatchObject({ code: 'wecom.token', details: { errcode } })
    expect(world.platform.count('gettoken')).toBe(1)
  })

  it('waits 10 minutes after a refused secret, then 20, up to an hour, and begins anew after a success', async () => {
    let isRight = false
    await using world = await setUp(() => (isRight ? { access_token: 't', expires_in: 7200 } : { errcode: 40001 }))
    const token = world.process()
    const waits: number[] = []
    for (let no = 0; no < 6; no += 1) {
      const error = await caught(token.get(never))
      const waitMs = (error as { details: { retryAfterMs: number } }).details.retryAfterMs
      waits.push(waitMs / minute)
      world.pass(waitMs - 1)
      await caught(token.get(never))
      expect(world.platform.count('gettoken')).toBe(no + 1)
      world.pass(1)
    }
    expect(waits).toEqual([10, 20, 40, 60, 60, 60])
    isRight = true
    expect(await token.get(never)).toBe('t')
    isRight = false
    world.pass(120 * minute)
    expect(await caught(token.get(never))).toMatchObject({ details: { retryAfterMs: 10 * minute } })
  })

  it('tries a changed secret at once and does not use the token of the old one', async () => {
    await using world = await setUp(({ query }) =>
      query.get('corpsecret') === secret ? { errcode: 40001 } : { access_token: 'of-new', expires_in: 7200 },
    )
    expect(await caught(world.process().get(never))).toMatchObject({ code: 'wecom.token' })
    expect(await world.process({ secret: 'new' }).get(never)).toBe('of-new')
    world.pass(11 * minute)
    expect(await caught(world.process().get(never))).toMatchObject({ code: 'wecom.token' })
  })

  it.each([
    [60020, false],
    [45009, true],
  ])('asks again a minute after %i', async (errcode, retryable) => {
    await using world = await setUp(() => ({ errcode }))
    const token = world.process()
    expect(await caught(token.get(never))).toMatchObject({ retryable, details: { errcode, retryAfterMs: minute } })
    world.pass(minute - 1)
    await caught(token.get(never))
    expect(world.platform.count('gettoken')).toBe(1)
    world.pass(1)
    await caught(token.get(never))
    expect(world.platform.count('gettoken')).toBe(2)
  })

  it('says loudly what is wrong and what to do, once per refusal and process, without the secret', async () => {
    await using world = await setUp(() => ({ errcode: 40001, errmsg: secret }))
    const token = world.process()
    for (let no = 0; no < 5; no += 1) await caught(token.get(never))
    expect(world.named('wecom.token-refused')).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ errcode: 40001, todo: expect.stringContaining('WECHAT_SECRET') }),
      }),
    ])
    await caught(world.process().get(never))
    expect(world.named('wecom.token-refused')).toHaveLength(2)
    expect(JSON.stringify(world.lines)).not.toContain(secret)
    expect(world.store.lines()).not.toContain(secret)
  })

  it('logs neither secret nor token when all goes well', async () => {
    await using world = await setUp()
    await world.process().get(never)
    expect(world.named('wecom.token-obtained')).toHaveLength(1)
    expect(JSON.stringify(world.lines)).not.toMatch(/SECRET|token-1/)
  })
})
