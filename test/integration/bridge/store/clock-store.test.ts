import { describe, expect, it } from 'vitest'
import { createClockGuard } from '../../../../bridge/stages/clock-guard.ts'
import { createClockStore } from '../../../../bridge/store/clock-store.ts'
import type { Database } from '../../../../bridge/store/database.ts'
import { createLeaseStore } from '../../../../bridge/store/lease-store.ts'
import { AppError } from '../../../../shared/app-error.ts'
import {
  ACCOUNT,
  CONV,
  createPipeline,
  customerText,
  type PipelineOptions,
  pagesOf,
} from '../../../support/pipeline.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const HOUR_MS = 3_600_000
const MAX_AHEAD_MS = 20 * 60_000
const LEASE_MS = 60_000

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`a clock that jumps under ${engine}`, () => {
    /** A pipeline that lives by a clock that a test moves, and the guard that watches it. */
    async function start(options: PipelineOptions = {}) {
      const opened = (await openTestDatabase(engine)).database
      const time = { now: opened.now(), monotonic: 0 }
      const database: Database = { ...opened, now: () => time.now }
      const pipeline = await createPipeline({ ...options, database })
      const clock = createClockStore(database, { maxAheadMs: MAX_AHEAD_MS })
      const guard = createClockGuard({
        ...{ clock, log: pipeline.log },
        now: () => time.now,
        monotonic: () => time.monotonic,
      })
      const pass = (ms: number) => {
        time.now += ms
        time.monotonic += ms
      }
      const jump = (ms: number) => {
        time.now += ms
      }
      /** What the next sweeps find, one every two seconds for as long as told. */
      const sweepFor = async (ms: number) => {
        for (let left = ms; left > 0; left -= 2000) {
          pass(2000)
          await guard.check()
          await pipeline.sweep()
        }
      }
      return { ...pipeline, time, pass, jump, guard, clock, sweepFor }
    }

    const silence = () => new AppError('wecom.unreachable', 'silence', { retryable: true })

    describe.each([-10 * HOUR_MS, -30_000, 10 * HOUR_MS])('by %d ms', (byMs) => {
      it('sends what waits for its next try as soon as it would have', async () => {
        let isBroken = true
        const { pull, sweep, sweepFor, jump, texts } = await start({
          sync: pagesOf([customerText('你好')]),
          answer: async () => '您好',
          async send() {
            if (isBroken) throw silence()
          },
        })
        await pull()
        await sweep()
        expect(texts()).toEqual([])
        isBroken = false
        jump(byMs)
        await sweepFor(20_000)
        expect(texts()).toEqual(['您好'])
      })

      it('pulls an account again as soon as it would have', async () => {
        let isBroken = true
        const { pull, sweepFor, jump, texts } = await start({
          // As far as the clock tells, the message may be ten hours old.
          coldStartMaxAgeMs: 24 * HOUR_MS,
          async sync({ cursor }) {
            if (isBroken) throw silence()
            return { messages: cursor === '' ? [customerText('你好')] : [], nextCursor: 'c', hasMore: false }
          },
          answer: async () => '您好',
        })
        await pull()
        isBroken = false
        jump(byMs)
        await sweepFor(20_000)
        expect(texts()).toEqual(['您好'])
      })

      it('frees what a dead process held as soon as it would have', async () => {
        const { pull, sweepFor, jump, conversations, sync, texts } = await start({
          sync: pagesOf([customerText('你好')]),
          answer: async () => '您好',
        })
        await pull()
        expect(await conversations.claim(CONV, 'dead:1', LEASE_MS)).toBeDefined()
        await sync.wantAll([ACCOUNT])
        expect(await sync.claim(ACCOUNT, 'dead:2', LEASE_MS)).toBeDefined()
        jump(byMs)
        await sweepFor(LEASE_MS + 20_000)
        expect(texts()).toEqual(['您好'])
        await sync.wantAll([ACCOUNT])
        expect(await sync.claim(ACCOUNT, 'next', LEASE_MS)).toBeDefined()
      })

      it('gives up on a model after as long as it would have', async () => {
        const { pull, sweep, sweepFor, jump, texts } = await start({
          sync: pagesOf([customerText('你好')]),
          giveUpAfterMs: 40_000,
          async answer() {
            throw new AppError('answer.unavailable', 'busy', { retryable: true })
          },
        })
        await pull()
        await sweep()
        await sweepFor(8000)
        jump(byMs)
        await sweepFor(20_000)
        expect(texts()).toEqual([])
        await sweepFor(24_000)
        expect(texts()).toHaveLength(1)
      })
    })

    it('sleeps for the length of a jump when nobody follows it', async () => {
      const { pull, jump, sweep, pass, texts } = await start({
        sync: pagesOf([customerText('你好')]),
        answer: async () => '您好',
      })
      await pull()
      jump(-10 * HOUR_MS)
      pass(60_000)
      await sweep()
      expect(texts()).toEqual([])
    })

    it('leaves a conversation free for the next message though its dead holder’s lease lay ahead', async () => {
      const { pull, sweep, sweepFor, jump, database, time, texts } = await start({
        sync: pagesOf([customerText('一')]),
      })
      await pull()
      await sweep()
      await database.run(`update conversation set lease = 'dead:1', lease_until = ?1`, time.now + LEASE_MS)
      jump(-10 * 60_000)
      await sweepFor(LEASE_MS + 4000)
      expect(texts()).toHaveLength(1)
      expect(await database.all('select 1 as busy from conversation where lease_until > ?1', time.now)).toEqual([])
    })

    it('sets right at the start what was written by a clock that ran years ahead', async () => {
      const threeYearsMs = 3 * 365 * 24 * HOUR_MS
      const { pull, jump, guard, sweep, database, time, texts, sync } = await start({
        sync: pagesOf([customerText('你好', { sendTime: Date.now() + threeYearsMs })]),
        answer: async () => '您好',
      })
      jump(threeYearsMs)
      await pull()
      await sync.wantAll([ACCOUNT])
      const leases = createLeaseStore(database)
      await leases.acquire('relay', 'dead', 20_000)
      await database.run('update conversation set lease_until = ?1', time.now + LEASE_MS)
      jump(-threeYearsMs)
      await sweep()
      expect(texts()).toEqual([])
      await guard.start()
      await sweep()
      expect(texts()).toEqual(['您好'])
      expect(await leases.acquire('relay', 'next', 20_000)).toBe(true)
      const [row] = await database.all<{ pulled_at: number }>(
        'select pulled_at from sync_state where open_kfid = ?1',
        ACCOUNT,
      )
      expect(row?.pulled_at).toBeLessThanOrEqual(time.now)
    })

    it('touches nothing that waits rightly', async () => {
      const { pull, clock, conversations, database, log } = await start({ sync: pagesOf([customerText('你好')]) })
      await pull()
      const claim = await conversations.claim(CONV, 'l', LEASE_MS)
      if (claim === undefined) throw new Error('not due')
      await conversations.postpone(claim, 10 * 60_000, 'busy', true)
      await createLeaseStore(database).acquire('relay', 'a', 20_000)
      expect(await clock.clamp()).toBe(0)
      expect(log.lines.filter(({ name }) => name.startsWith('clock.'))).toEqual([])
    })

    it('lets nobody be held off by a named lease of a clock that was set back', async () => {
      const { database, jump } = await start()
      const leases = createLeaseStore(database)
      expect(await leases.acquire('sweeper', 'dead', 20_000)).toBe(true)
      expect(await leases.acquire('sweeper', 'next', 20_000)).toBe(false)
      jump(-HOUR_MS)
      expect(await leases.acquire('sweeper', 'next', 20_000)).toBe(true)
      expect(await leases.acquire('sweeper', 'third', 20_000)).toBe(false)
    })
  })
}
