import { describe, expect, it } from 'vitest'
import { createSpending, type PaidCall } from '../../../../bridge/spending/create-spending.ts'
import type { SpendRow } from '../../../../bridge/store/spend-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const CALL: PaidCall = { purpose: 'answer', model: 'flash', tokens: { input: 10, cachedInput: 4, output: 5 } }

function open() {
  const rows: SpendRow[] = []
  const state = { isAway: false, day: '2026-11-22', adds: 0 }
  const log = createRecordingLogger()
  let held = Promise.withResolvers<void>()
  held.resolve()
  const slow = {
    hold() {
      held = Promise.withResolvers<void>()
    },
    release: () => held.resolve(),
  }
  const store = {
    async add(added: readonly SpendRow[]) {
      state.adds += 1
      await Promise.resolve()
      if (state.isAway) throw new Error('away')
      rows.push(...added.map((row) => ({ ...row })))
    },
    async ofDay(day: string, openKfId: string) {
      const own = rows.filter((row) => row.day === day && row.openKfId === openKfId)
      const sum = (name: 'costMicros' | 'unpriced') => own.reduce((total, row) => total + row[name], 0)
      const found = { costMicros: sum('costMicros'), unpriced: sum('unpriced') }
      await held.promise
      return found
    },
    since: async (day: string) => rows.filter((row) => row.day >= day),
  }
  const make = () =>
    createSpending({
      store,
      costOf: ({ model }) => (model === 'flash' ? 7 : undefined),
      dayOf: (openKfId) => (openKfId === 'wkFar' ? '2026-11-21' : state.day),
      now: () => Date.parse('2026-11-22T10:00:00+08:00'),
      log,
    })
  return { rows, state, slow, log, make, spending: make() }
}

describe('createSpending', () => {
  it('counts for the account whose work it is, across everything that is awaited, and else for nobody', async () => {
    const { spending } = open()
    await spending.forAccount('wk1', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      spending.count(CALL)
    })
    spending.count({ ...CALL, purpose: 'index' })
    expect([await spending.spentToday('wk1'), await spending.spentToday('')]).toEqual([
      { costMicros: 7, unpriced: 0 },
      { costMicros: 7, unpriced: 0 },
    ])
  })

  it('knows what it counted at once, and what others stored', async () => {
    const { spending, make } = open()
    const other = make()
    other.forAccount('wk1', () => other.count(CALL))
    await other.flush()
    spending.forAccount('wk1', () => spending.count(CALL))
    expect(await spending.spentToday('wk1')).toEqual({ costMicros: 14, unpriced: 0 })
    await spending.flush()
    expect(await spending.spentToday('wk1')).toEqual({ costMicros: 14, unpriced: 0 })
  })

  it('keeps no sum that was read while it stored more', async () => {
    const { spending, slow } = open()
    spending.forAccount('wk1', () => spending.count(CALL))
    slow.hold()
    const reading = spending.spentToday('wk1')
    await spending.flush()
    slow.release()
    await reading
    expect(await spending.spentToday('wk1')).toEqual({ costMicros: 7, unpriced: 0 })
  })

  it('adds up calls of one kind before it stores them', async () => {
    const { spending, rows, state } = open()
    for (let calls = 0; calls < 50; calls += 1) spending.forAccount('wk1', () => spending.count(CALL))
    await spending.flush()
    await spending.flush()
    expect(state.adds).toBe(1)
    expect(rows).toEqual([
      {
        ...{ day: '2026-11-22', openKfId: 'wk1', purpose: 'answer', model: 'flash', calls: 50, unpriced: 0 },
        ...{ inputTokens: 500, cachedTokens: 200, outputTokens: 250, soundMs: 0, costMicros: 350 },
      },
    ])
  })

  it('keeps apart what has no price, and never takes it for nothing', async () => {
    const { spending } = open()
    spending.forAccount('wk1', () => spending.count({ ...CALL, model: 'mystery' }))
    expect(await spending.spentToday('wk1')).toEqual({ costMicros: 0, unpriced: 1 })
  })

  it('begins anew with the day of the account', async () => {
    const { spending, state } = open()
    spending.forAccount('wk1', () => spending.count(CALL))
    spending.forAccount('wkFar', () => spending.count(CALL))
    state.day = '2026-11-23'
    expect(await spending.spentToday('wk1')).toEqual({ costMicros: 0, unpriced: 0 })
    expect((await spending.today()).map(({ openKfId, day }) => [openKfId, day])).toEqual([['wkFar', '2026-11-21']])
  })

  it('keeps what it can not store, says so once, and stores it when the database is back', async () => {
    const { spending, state, rows, log } = open()
    state.isAway = true
    spending.count(CALL)
    await spending.flush()
    spending.count(CALL)
    await spending.flush()
    expect(log.lines.map(({ name }) => name)).toEqual(['spend.not-stored'])
    state.isAway = false
    await spending.stop()
    expect(rows).toMatchObject([{ calls: 2, costMicros: 14 }])
  })
})
