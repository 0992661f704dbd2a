/** Asks every part for what the alert rules want to know. A part that does not answer leaves its facts unknown; only the database's absence rejects. */
import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import { isAppError } from '../../../shared/app-error.ts'
import type { Fault, HealthStore } from '../../store/health-store.ts'
import type { SpendRow } from '../../store/spend-store.ts'
import type { Text } from './alert.ts'
import type { AlertFacts } from './alert-facts.ts'

export interface Meaning {
  meaning: string
  meaningEn: string
  action: string
}

export interface GatherFactsDeps {
  health: Pick<HealthStore, 'answerFaults' | 'platformFaults' | 'undelivered' | 'answeredSince'>
  /** Of today, by account, purpose and model. */
  spend: () => Promise<readonly SpendRow[]>
  parked: () => Promise<number>
  backlog: () => Promise<{ stage: string; count: number; oldestDue: number }[]>
  /** The credentials that the platform refuses now. */
  refusedToken: () => Promise<{ errcode: number; address?: string } | undefined>
  /** How speech recognition refuses our account. */
  asrFault: () => Promise<{ status: number } | undefined>
  meaningOf: (errcode: number) => Meaning
  /** What the operator does about an errcode, where a setting can mend it. */
  todoOf: (errcode: number) => Text | undefined
  /** The same of a `fail_type`. */
  failMeaningOf: (failType: number) => Meaning
  /** Millionths of the currency a day, of the accounts that have a limit. */
  spendCap: (openKfId: string) => number
  bus: () => { up: boolean; reason?: string }
  /** The Worker's origin. */
  edgeUrl: string
  dataDir: string
  now: () => number
  fetch?: typeof fetch
}

const EDGE_DEADLINE_MS = 5000
const ANSWERED_WITHIN_MS = 600_000
const UNDELIVERED_WITHIN_MS = 3_600_000

const healthSchema = z.object({
  bridge: z.object({ connected: z.boolean() }).nullable(),
  pending: z.number().nullable(),
  oldestWaitingSeconds: z.number().nullable(),
})

export function createGatherFacts(deps: GatherFactsDeps) {
  const { health, now, fetch: get = fetch } = deps

  const readSpend = async (): Promise<AlertFacts['spend']> => {
    const accounts = Map.groupBy(await deps.spend(), ({ openKfId }) => openKfId)
    return [...accounts].flatMap(([openKfId, rows]) => {
      const capMicros = openKfId === '' ? 0 : deps.spendCap(openKfId)
      if (capMicros === 0) return []
      const spentMicros = rows.reduce((sum, { costMicros }) => sum + costMicros, 0)
      const unpriced = rows.filter((row) => row.unpriced > 0)
      const models = [...new Set(unpriced.map(({ model }) => model))]
      return [{ openKfId, spentMicros, capMicros, unpricedModels: models }]
    })
  }

  const readEdge = async (): Promise<AlertFacts['edge']> => {
    try {
      const response = await get(new URL('/healthz', deps.edgeUrl), { signal: AbortSignal.timeout(EDGE_DEADLINE_MS) })
      const parsed = healthSchema.safeParse(await response.json())
      if (!response.ok || !parsed.success) return null
      const { bridge, pending, oldestWaitingSeconds } = parsed.data
      return {
        connected: bridge?.connected ?? false,
        pending: pending ?? 0,
        oldestWaitingSeconds: oldestWaitingSeconds ?? 0,
      }
    } catch {
      return null
    }
  }

  const readDisk = async (): Promise<AlertFacts['disk']> => {
    const { bavail, blocks, bsize } = await statfs(deps.dataDir)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  }

  const readModel = async (): Promise<AlertFacts['model']> => {
    const faults = (await health.answerFaults()).filter(({ reason }) => reason.startsWith('answer.'))
    const waiting = faults.reduce((sum, { count }) => sum + count, 0)
    const [worst] = faults.toSorted((one, other) => other.count - one.count)
    return { waiting, reason: worst?.reason ?? '', answeredAt: await health.answeredSince(now() - ANSWERED_WITHIN_MS) }
  }

  const readUndelivered = async (): Promise<AlertFacts['undelivered']> => {
    const rows = await health.undelivered(now() - UNDELIVERED_WITHIN_MS)
    return rows.flatMap((row) => {
      const meaning = deps.failMeaningOf(row.failType)
      return meaning.action === 'alert' ? [{ ...row, meaning: toText(meaning) }] : []
    })
  }

  return async (): Promise<AlertFacts> => {
    const ifKnown = <T>(work: Promise<T>): Promise<T | undefined> =>
      work.catch((error: unknown) => {
        if (isAppError(error, 'database.unavailable')) throw error
        return undefined
      })
    const [token, faults, undelivered, spent, parked, backlog, edge, disk, asr, model] = await Promise.all([
      ifKnown(deps.refusedToken().then((refused) => refused ?? null)),
      ifKnown(health.platformFaults()),
      ifKnown(readUndelivered()),
      ifKnown(readSpend()),
      ifKnown(deps.parked()),
      ifKnown(deps.backlog()),
      readEdge(),
      ifKnown(readDisk()),
      ifKnown(deps.asrFault().then((fault) => fault ?? null)),
      ifKnown(readModel()),
    ])
    return {
      now: now(),
      token: token ? { ...token, meaning: toText(deps.meaningOf(token.errcode)) } : token,
      refusals:
        faults &&
        toRefusals(faults, deps.meaningOf).map((one) => {
          const todo = deps.todoOf(one.errcode)
          return { ...one, meaning: toText(deps.meaningOf(one.errcode)), ...(todo === undefined ? {} : { todo }) }
        }),
      undelivered,
      spend: spent,
      parked,
      backlog,
      edge,
      bus: deps.bus(),
      disk,
      asr,
      model,
    }
  }
}

function toText({ meaning, meaningEn }: Meaning): Text {
  return { zh: meaning, en: meaningEn }
}

/** Only what a person has to mend: the rest goes away by itself. */
function toRefusals(faults: readonly Fault[], meaningOf: GatherFactsDeps['meaningOf']) {
  const counts = new Map<number, number>()
  for (const { reason, count } of faults) {
    const [, code] = /^wecom\.refused (-?\d+)$/.exec(reason) ?? []
    if (code === undefined || meaningOf(Number(code)).action !== 'alert') continue
    counts.set(Number(code), (counts.get(Number(code)) ?? 0) + count)
  }
  return [...counts].map(([errcode, count]) => ({ errcode, count }))
}
