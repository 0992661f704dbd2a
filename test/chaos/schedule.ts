/** Who writes what and when, and what breaks when: all of it drawn before the run from one seed, so that a run can be played again. */
import { type Chance, createChance } from '../simulator/chance.ts'

export interface Plan {
  seed: number
  customers: number
  messages: number
  /** In which all of it happens. */
  seconds: number
  /** Bridge processes. */
  bridges: number
  kills: { bridge: number; broker: number; database: number; edge: number }
  /** Of the network, spread over all its lines. */
  cuts: number
  revokedTokens: number
  foreignCallbacks: number
}

export interface Writing {
  atMs: number
  customer: number
  /** `m` and five digits: what the answer must name. */
  id: string
  /** A place needs the parse stage, a text does not. */
  kind: 'text' | 'place'
}

export const LINES = ['broker', 'database', 'edge', 'callbacks', 'platform', 'model'] as const
export type Line = (typeof LINES)[number]
export type Victim = 'bridge' | 'broker' | 'database' | 'edge'

export type Trouble = { atMs: number } & (
  | { kind: 'kill'; victim: Victim; slot: number }
  | { kind: 'cut' | 'stall'; line: Line; forMs: number }
  | { kind: 'revoke-token' }
  | { kind: 'foreign-callback' }
)

export interface Schedule {
  writings: readonly Writing[]
  troubles: readonly Trouble[]
}

const LONGEST_BURST = 5
const LONGEST_GAP_MS = 300
const SHARE_OF_PLACES = 0.1

export function createSchedule(plan: Plan, lines: readonly Line[] = LINES): Schedule {
  const chance = createChance(plan.seed)
  const byTime = (a: { atMs: number }, b: { atMs: number }) => a.atMs - b.atMs
  return {
    writings: toWritings(plan, chance).sort(byTime),
    troubles: toTroubles(plan, lines, chance).sort(byTime),
  }
}

function toWritings({ messages, customers, seconds }: Plan, chance: Chance): Writing[] {
  const writings: Writing[] = []
  while (writings.length < messages) {
    const customer = Math.floor(chance.next() * customers)
    const burst = Math.min(1 + Math.floor(chance.next() * LONGEST_BURST), messages - writings.length)
    let atMs = chance.next() * seconds * 1000
    for (let message = 0; message < burst; message += 1) {
      const kind = chance.hits(SHARE_OF_PLACES) ? 'place' : 'text'
      writings.push({ atMs, customer, id: `m${String(writings.length).padStart(5, '0')}`, kind })
      atMs += chance.next() * LONGEST_GAP_MS
    }
  }
  return writings
}

function toTroubles(plan: Plan, lines: readonly Line[], chance: Chance): Trouble[] {
  const { seconds, kills, cuts, bridges } = plan
  // One in each of equal stretches, so that a victim which takes seconds to come back is back before it dies again.
  const spread = <T>(count: number, make: (atMs: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(((index + chance.next() * 0.7) / count) * seconds * 1000))
  const anytime = <T>(count: number, make: (atMs: number) => T): T[] =>
    Array.from({ length: count }, () => make(chance.next() * seconds * 1000))
  const slot = () => Math.floor(chance.next() * bridges)
  const line = () => lines[Math.floor(chance.next() * lines.length)] ?? 'edge'
  return [
    ...anytime(kills.bridge, (atMs): Trouble => ({ atMs, kind: 'kill', victim: 'bridge', slot: slot() })),
    ...(['broker', 'database', 'edge'] as const).flatMap((victim) =>
      spread(kills[victim], (atMs): Trouble => ({ atMs, kind: 'kill', victim, slot: 0 })),
    ),
    ...anytime(cuts, (atMs): Trouble => {
      const kind = chance.hits(0.7) ? 'cut' : 'stall'
      return { atMs, kind, line: line(), forMs: Math.round(100 + chance.next() * 1900) }
    }),
    ...anytime(plan.revokedTokens, (atMs): Trouble => ({ atMs, kind: 'revoke-token' })),
    ...anytime(plan.foreignCallbacks, (atMs): Trouble => ({ atMs, kind: 'foreign-callback' })),
  ]
}
