/**
 * Looks at the facts, opens and closes alerts, and tells of each once when it opens and once when it is over. What is open stands in the
 * database, so a restart or another process that takes over tells nothing twice. Only a process that dies between telling and noting it
 * does. Nothing here is waited for by anybody's message.
 *
 * The database itself can't hold the alert that it is away: this process tells of that by itself, and when it is back.
 */
import { isAppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import type { AlertStore, StoredAlert } from '../../store/alert-store.ts'
import type { Alert } from './alert.ts'
import type { AlertFacts } from './alert-facts.ts'
import { ALERT_RULES, type AlertLimits, type AlertRule } from './alert-rules.ts'
import type { AlertNotice } from './send-alert.ts'

export interface WatchAlertsDeps {
  store: AlertStore
  /** Rejects with `database.unavailable` when that is so; what else is not known is undefined in the facts. */
  facts: () => Promise<AlertFacts>
  /** Undefined: the log is all there is. */
  send: ((notice: AlertNotice) => Promise<void>) | undefined
  log: Logger
  now: () => number
  rules?: readonly AlertRule[]
}

export interface WatchAlertsOptions {
  limits: AlertLimits
  /** How long it must be over before anybody is told, so that what comes and goes is told once. */
  closeAfterMs: number
  /** Before a webhook that failed is tried again; grows with each time. */
  retryMs: number
}

export interface AlertWatch {
  run(): Promise<void>
  /** Another process looks from now on. */
  onLost(): void
}

const MAX_RETRY_FACTOR = 30

const DATABASE_AWAY: Alert = {
  key: 'database',
  severity: 'critical',
  title: { zh: '数据库不可用', en: 'The database is away' },
  detail: { zh: '', en: '' },
  todo: {
    zh: '检查数据库与磁盘。恢复后自动续上，不丢消息。',
    en: 'Check the database and the disk. It goes on by itself when it is back, and nothing is lost.',
  },
  afterMs: 0,
}

export function createAlertWatch(deps: WatchAlertsDeps, options: WatchAlertsOptions): AlertWatch {
  const { store, log, now, send, rules = ALERT_RULES } = deps
  /** Since when each key has been so without a break, or over without one. */
  const seenSince = new Map<string, number>()
  const goneSince = new Map<string, number>()
  let awaySince: number | undefined
  let untoldOfDatabase: AlertNotice | undefined

  const openNew = async (alerts: readonly Alert[], open: ReadonlyMap<string, string>): Promise<void> => {
    const keys = new Set(alerts.map(({ key }) => key))
    for (const key of seenSince.keys()) if (!keys.has(key)) seenSince.delete(key)
    for (const alert of alerts) {
      goneSince.delete(alert.key)
      const since = seenSince.get(alert.key) ?? now()
      seenSince.set(alert.key, since)
      const body = JSON.stringify(alert)
      const known = open.get(alert.key)
      // Nobody is told again; whoever looks sees the numbers of now.
      if (known !== undefined && known !== body) await store.update(alert.key, body)
      if (known !== undefined || now() - since < alert.afterMs) continue
      if (await store.add(alert.key, body)) {
        log.error('alert.opened', { alert: alert.key, detail: alert.detail.en, todo: alert.todo.en })
      }
    }
  }

  const closeGone = async (open: readonly StoredAlert[], isSo: ReadonlySet<string>, unknown: readonly string[]) => {
    for (const { key } of open) {
      if (isSo.has(key) || unknown.some((name) => key === name || key.startsWith(`${name}:`))) continue
      const since = goneSince.get(key) ?? now()
      goneSince.set(key, since)
      if (now() - since < options.closeAfterMs) continue
      goneSince.delete(key)
      if (await store.close(key)) log.info('alert.closed', { alert: key })
    }
  }

  const tell = async (): Promise<void> => {
    for (const untold of await store.untold()) {
      const event = untold.closedAt === 0 ? 'opened' : 'closed'
      try {
        // What these rows hold was written by this program.
        await send?.({
          event,
          alert: JSON.parse(untold.body) as Alert,
          openedAt: untold.openedAt,
          closedAt: untold.closedAt,
        })
      } catch (error) {
        log.warn('alert.undelivered', { alert: untold.key, attempt: untold.attempts + 1, error })
        await store.postpone(untold, options.retryMs * Math.min(MAX_RETRY_FACTOR, 2 ** untold.attempts))
        // The others would wait for the same deadline; they are first the next time.
        return
      }
      await store.markTold(untold)
    }
  }

  const tellOfDatabase = async (event: 'opened' | 'closed', since: number): Promise<void> => {
    log[event === 'opened' ? 'error' : 'info'](`alert.${event}`, { alert: DATABASE_AWAY.key })
    // That it was away and is back, when nobody heard of the one, nobody needs to hear of the other.
    const isForgotten = event === 'closed' && untoldOfDatabase?.event === 'opened'
    const closedAt = event === 'opened' ? 0 : now()
    untoldOfDatabase = isForgotten ? undefined : { event, alert: DATABASE_AWAY, openedAt: since, closedAt }
    await tellLeft()
  }

  /** What the database can't keep for us. */
  const tellLeft = async (): Promise<void> => {
    const notice = untoldOfDatabase
    if (notice === undefined) return
    try {
      await send?.(notice)
      if (untoldOfDatabase === notice) untoldOfDatabase = undefined
    } catch (error) {
      log.warn('alert.undelivered', { alert: DATABASE_AWAY.key, error })
    }
  }

  const settleDatabase = async (): Promise<void> => {
    if (awaySince === undefined) return
    const since = awaySince
    awaySince = undefined
    await tellOfDatabase('closed', since)
  }

  /** Whoever told that it is away tells that it is back, also when another process looks by then. */
  const watchOn = (): void => {
    setTimeout(async () => {
      const isBack = await store.open().then(
        () => true,
        () => false,
      )
      if (isBack) await settleDatabase()
      await tellLeft()
      if (awaySince !== undefined || untoldOfDatabase !== undefined) watchOn()
    }, options.retryMs).unref()
  }

  const look = async (): Promise<void> => {
    const facts = await deps.facts()
    const looked = rules.map((rule) => ({ rule, found: rule.look(facts, options.limits) }))
    const alerts = looked.flatMap(({ found }) => (found === 'unknown' ? [] : found))
    const unknown = looked.filter(({ found }) => found === 'unknown').map(({ rule }) => rule.name)
    const open = await store.open()
    await openNew(alerts, new Map(open.map(({ key, body }) => [key, body])))
    await closeGone(open, new Set(alerts.map(({ key }) => key)), unknown)
    await tell()
  }

  return {
    async run() {
      try {
        await look()
      } catch (error) {
        if (!isAppError(error, 'database.unavailable')) throw error
        if (awaySince === undefined) {
          awaySince = now()
          await tellOfDatabase('opened', awaySince)
        } else await tellLeft()
        return
      }
      await settleDatabase()
      await tellLeft()
    },
    onLost() {
      seenSince.clear()
      goneSince.clear()
      if (awaySince !== undefined || untoldOfDatabase !== undefined) watchOn()
    },
  }
}
