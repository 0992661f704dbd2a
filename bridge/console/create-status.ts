/** The state of this process, for `/readyz` and the page: asked anew each time, and told also while the database is away. */
import type { AlertStore } from '../store/alert-store.ts'
import { listOpenAlerts } from './alerts/list-open-alerts.ts'
import type { Backlog } from './metrics.ts'
import type { Status } from './status-page.ts'

interface PartState {
  up: boolean
  reason?: string
}

export interface StatusDeps {
  database: { check(): Promise<PartState> }
  bus: { state(): PartState }
  relay: { state(): PartState }
  /** Those that this process does for all; `relay` is the one that dials the edge. */
  jobs: () => readonly string[]
  /** The credentials that the platform refuses now. */
  refusedToken: () => Promise<{ errcode: number } | undefined>
  meaningOf: (errcode: number) => { meaning: string; meaningEn: string }
  backlog: () => Promise<Backlog[]>
  parked: () => Promise<number>
  alerts: Pick<AlertStore, 'open'>
  roles: readonly string[]
  version: string
  now: () => number
}

export function createStatus(deps: StatusDeps): () => Promise<Status> {
  const ageSeconds = (at: number): number => (at === 0 ? 0 : Math.max(0, Math.round((deps.now() - at) / 1000)))

  return async () => {
    const database = await deps.database.check()
    // It may go away in between.
    const asked = <T>(ask: () => Promise<T>, unknown: T): Promise<T> =>
      database.up ? ask().catch(() => unknown) : Promise.resolve(unknown)
    const refused = await asked(deps.refusedToken, undefined)
    const jobs = deps.jobs()
    const parts: Status['parts'] = [
      { name: 'database', ...database },
      { name: 'bus', ...deps.bus.state() },
    ]
    // Only one process dials the edge; the others are ready while they stand by.
    if (jobs.includes('relay')) parts.push({ name: 'relay', ...deps.relay.state() })
    if (refused !== undefined) {
      const reason = `${refused.errcode}: ${deps.meaningOf(refused.errcode).meaningEn}`
      parts.push({ name: 'token', up: false, reason })
    }
    const backlog = await asked(deps.backlog, [])
    return {
      ready: parts.every((part) => part.up),
      parts,
      backlog: backlog.map(({ stage, count, oldestDue }) => ({ stage, count, oldestSeconds: ageSeconds(oldestDue) })),
      parked: await asked(deps.parked, 0),
      alerts: await asked(() => listOpenAlerts(deps.alerts), []),
      version: deps.version,
      roles: deps.roles,
      jobs,
    }
  }
}
