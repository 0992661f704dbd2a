/**
 * What every paid call of a vendor cost, in one place: answers, questions put in other words, summaries, pictures, speech, vectors, reranking.
 * The cap, the alerts, the metrics, the page and the command line all read these sums. A day is the account's own, by `hours.timeZone`.
 *
 * Counting only adds to numbers in memory: nobody's answer waits for it. They are stored once a second, in one transaction, rather than with each
 * reply: all answers of an account would queue for its row. A process that is killed loses what it counted in its last second; a database that is
 * away is told when it is back. Which account a call is for is carried by the asynchronous context, as those who call vendors know none.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../logger.ts'
import type { SpendRow, SpendStore } from '../store/spend-store.ts'

/** `index`: vectors of what the company knows; `search`: of a question. */
export type Purpose = 'answer' | 'rewrite' | 'summary' | 'picture' | 'speech' | 'search' | 'rerank' | 'index'

export interface PaidCall {
  purpose: Purpose
  model: string
  /** As the vendor counted. None, or zeros: it did not say, though it may charge. */
  tokens?: { input: number; cachedInput: number; output: number }
  /** Of sound. */
  seconds?: number
}

export interface Spent {
  costMicros: number
  /** Calls whose price or amount nobody has told: what they cost is not in the sum. */
  unpriced: number
}

export interface SpendingDeps {
  store: Pick<SpendStore, 'add' | 'ofDay' | 'since'>
  /** In millionths of a yuan; undefined: unknown. */
  costOf: (call: PaidCall, openKfId: string) => number | undefined
  /** The account's day as it is now, `2026-11-22`; of '': the day of what serves all accounts. */
  dayOf: (openKfId: string) => string
  now: () => number
  log: Pick<Logger, 'warn'>
}

export interface Spending {
  /** Whatever `work` calls is for this account. */
  forAccount<T>(openKfId: string, work: () => T): T
  count(call: PaidCall): void
  /** Of the account's day so far, by all processes. Rejects as the database does. */
  spentToday(openKfId: string): Promise<Spent>
  /** The rows of the day of each account; '' is what serves all of them. Rejects as the database does. */
  today(): Promise<SpendRow[]>
  /** Stores what was counted. Does not reject: what can't be stored is kept for the next time. */
  flush(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const FLUSH_MS = 1000
/** Others' sums are read again after so long. */
const KEEP_MS = 2000
/** No account's day began before the last but one of UTC. */
const TWO_DAYS_MS = 2 * 86_400_000

export function createSpending({ store, costOf, dayOf, now, log }: SpendingDeps): Spending {
  const account = new AsyncLocalStorage<string>()
  let counted = new Map<string, SpendRow>()
  /** On its way to the database. */
  let leaving = new Map<string, SpendRow>()
  let flushing: Promise<void> | undefined
  const stored = new Map<string, { readAt: number; day: string; spent: Spent }>()
  /** How often something was on its way. */
  let flushes = 0
  let timer: NodeJS.Timeout | undefined
  let isFailing = false

  const flushNow = async (): Promise<void> => {
    if (counted.size === 0) return
    leaving = counted
    counted = new Map()
    try {
      await store.add([...leaving.values()])
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn('spend.not-stored', { error })
      isFailing = true
      for (const row of leaving.values()) add(counted, row)
    }
    leaving = new Map()
    flushes += 1
    stored.clear()
  }
  const flush = (): Promise<void> => {
    flushing ??= flushNow().finally(() => {
      flushing = undefined
    })
    return flushing
  }

  const unstored = (openKfId: string, day: string): SpendRow[] =>
    [...counted.values(), ...leaving.values()].filter((row) => row.openKfId === openKfId && row.day === day)

  const readStored = async (openKfId: string, day: string): Promise<Spent> => {
    const known = stored.get(openKfId)
    if (known?.day === day && performance.now() - known.readAt < KEEP_MS) return known.spent
    const before = flushes
    const spent = await store.ofDay(day, openKfId)
    // What was stored meanwhile may not be in it.
    if (flushes === before) stored.set(openKfId, { readAt: performance.now(), day, spent })
    return spent
  }

  return {
    forAccount: (openKfId, work) => account.run(openKfId, work),
    count(call) {
      const openKfId = account.getStore() ?? ''
      const cost = costOf(call, openKfId)
      const { input = 0, cachedInput = 0, output = 0 } = call.tokens ?? {}
      add(counted, {
        ...{ day: dayOf(openKfId), openKfId, purpose: call.purpose, model: call.model, calls: 1 },
        unpriced: cost === undefined ? 1 : 0,
        ...{ inputTokens: input, cachedTokens: cachedInput, outputTokens: output },
        soundMs: Math.round((call.seconds ?? 0) * 1000),
        costMicros: cost ?? 0,
      })
    },
    async spentToday(openKfId) {
      const day = dayOf(openKfId)
      const sum = { ...(await readStored(openKfId, day)) }
      for (const { costMicros, unpriced } of unstored(openKfId, day)) {
        sum.costMicros += costMicros
        sum.unpriced += unpriced
      }
      return sum
    },
    async today() {
      await flush()
      const rows = await store.since(new Date(now() - TWO_DAYS_MS).toISOString().slice(0, 10))
      return rows.filter(({ openKfId, day }) => day === dayOf(openKfId))
    },
    flush,
    start() {
      timer = setInterval(() => void flush(), FLUSH_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      await flushing
      await flush()
    },
  }
}

function add(rows: Map<string, SpendRow>, row: SpendRow): void {
  const key = [row.day, row.openKfId, row.purpose, row.model].join('\n')
  const known = rows.get(key)
  if (known === undefined) {
    rows.set(key, { ...row })
    return
  }
  known.calls += row.calls
  known.unpriced += row.unpriced
  known.inputTokens += row.inputTokens
  known.cachedTokens += row.cachedTokens
  known.outputTokens += row.outputTokens
  known.soundMs += row.soundMs
  known.costMicros += row.costMicros
}
