/**
 * Who is asked: the first of an account's chain that is well, then the others in order. An answerer that fails again and again is left alone for
 * a while, in this process; then one question tries it. One whose account is in trouble is left alone at once. When none is well, the
 * first is asked all the same: the caller waits and tries again.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { Answerer } from './answerer.ts'

export interface ChooseDeps {
  /** By name; those that are configured. */
  answerers: ReadonlyMap<string, Answerer>
  /** The chain of an account that names none. Not empty, and of `answerers`. */
  defaults: readonly string[]
  /** Unix or monotonic ms. */
  now: () => number
  log: Logger
}

export interface ChooseOptions {
  /** Failures in a row until an answerer is left alone. Default 5. */
  openAfter?: number
  /** For how long it is left alone, in ms; and when its account is in trouble. */
  openMs: number
  accountMs: number
}

/** At least one. `names` that are not configured are passed over. */
export type ChooseAnswerers = (names: readonly string[]) => [Answerer, ...Answerer[]]

interface Health {
  failures: number
  openUntil: number
  isProbed: boolean
}

export function createChooseAnswerers(
  { answerers, defaults, now, log }: ChooseDeps,
  { openAfter = 5, openMs, accountMs }: ChooseOptions,
): ChooseAnswerers {
  const healths = new Map<string, Health>()
  const healthOf = (name: string): Health => {
    const health = healths.get(name) ?? { failures: 0, openUntil: 0, isProbed: false }
    healths.set(name, health)
    return health
  }

  const open = (name: string, forMs: number, reason: string): void => {
    const health = healthOf(name)
    if (health.openUntil <= now()) log.error('answer.breaker-open', { answerer: name, reason, forMs })
    health.openUntil = now() + forMs
  }

  const onFailure = (name: string, error: unknown): void => {
    const code = isAppError(error) ? error.code : 'unexpected'
    // The question's own fault says nothing about the next one.
    if (code === 'answer.sensitive' || code === 'answer.refused') return
    const health = healthOf(name)
    health.failures += 1
    if (code === 'answer.account') {
      // Needs a person: the key, the balance. Told once for as long as nobody is asked again.
      if (health.openUntil <= now()) log.error('answer.account', { answerer: name, error })
      open(name, accountMs, code)
    } else if (health.failures >= openAfter) open(name, openMs, code)
  }

  const watch = (answerer: Answerer): Answerer => ({
    ...answerer,
    async *answer(question, signal) {
      const health = healthOf(answerer.name)
      const isProbe = health.openUntil > 0
      if (isProbe) health.isProbed = true
      try {
        yield* answerer.answer(question, signal)
        if (health.openUntil > 0) log.info('answer.breaker-closed', { answerer: answerer.name })
        Object.assign(health, { failures: 0, openUntil: 0 })
      } catch (error) {
        if (!signal.aborted) onFailure(answerer.name, error)
        throw error
      } finally {
        if (isProbe) health.isProbed = false
      }
    },
  })
  const watched = new Map([...answerers.values()].map((answerer) => [answerer.name, watch(answerer)]))

  const isWell = (name: string): boolean => {
    const { openUntil, isProbed } = healthOf(name)
    return openUntil <= now() && !isProbed
  }

  const find = (names: readonly string[]): Answerer[] => names.flatMap((name) => watched.get(name) ?? [])

  return (names) => {
    const own = find(names)
    const chain = own.length > 0 ? own : find(defaults)
    const [first, ...rest] = chain.toSorted((one, other) => Number(isWell(other.name)) - Number(isWell(one.name)))
    if (first === undefined) throw new TypeError('no answerer is configured')
    return [first, ...rest]
  }
}
