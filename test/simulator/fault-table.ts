/**
 * Trouble on demand: a table of rules, asked at every API call. The first rule that matches and hits decides; delays of the
 * rules before it add up. Dice are seeded, so a run can be played again.
 */
import { z } from 'zod'
import type { Chance } from './chance.ts'

export const faultActionSchema = z.discriminatedUnion('kind', [
  /** HTTP 200 with this errcode; the call has no effect. */
  z.strictObject({ kind: z.literal('errcode'), errcode: z.number().int() }),
  /** This HTTP status with a short text; the call has no effect. */
  z.strictObject({ kind: z.literal('status'), status: z.number().int().min(400).max(599) }),
  /** A gateway's page instead of JSON, HTTP 200 unless told; the call has no effect. */
  z.strictObject({ kind: z.literal('html'), status: z.number().int().min(200).max(599).default(200) }),
  /** The call goes on after this time. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().nonnegative() }),
  /** The connection is cut and the call has no effect. */
  z.strictObject({ kind: z.literal('cut-before') }),
  /** The call takes effect, then the connection is cut without an answer. */
  z.strictObject({ kind: z.literal('cut-after') }),
  /** No answer until the caller gives up. `takesEffect` says whether the call was carried out. */
  z.strictObject({ kind: z.literal('silence'), takesEffect: z.boolean().default(false) }),
  /** Sending: accepted, not delivered, and msg_send_fail says so. */
  z.strictObject({ kind: z.literal('undelivered'), failType: z.number().int().min(0).max(13).default(0) }),
  /** sync_msg: nothing on the page, has_more=1, the cursor as new text for the same place. */
  z.strictObject({ kind: z.literal('empty-page') }),
  /** sync_msg: the page as it should be, but next_cursor is the one that was sent. */
  z.strictObject({ kind: z.literal('stuck-cursor') }),
  /** sync_msg: the entries of the page in another order. */
  z.strictObject({ kind: z.literal('shuffled-page') }),
])

export const faultRuleSchema = z.strictObject({
  /** Path under /cgi-bin, e.g. `kf/send_msg`; `*` for every call. */
  endpoint: z.string().default('*'),
  action: faultActionSchema,
  /** Probability per call. */
  chance: z.number().min(0).max(1).default(1),
  /** The rule is used up after so many hits; null: never. */
  times: z.number().int().positive().nullable().default(null),
})

export type FaultAction = z.output<typeof faultActionSchema>
export type NewFaultRule = z.input<typeof faultRuleSchema>
export type FaultRule = z.output<typeof faultRuleSchema> & { id: number; hits: number }

export interface DrawnFault {
  delayMs: number
  action: Exclude<FaultAction, { kind: 'delay' }> | undefined
}

export interface FaultTable {
  add(rule: NewFaultRule): FaultRule
  remove(id: number): void
  clear(): void
  list(): FaultRule[]
  /** Decides one call and uses up what hit. */
  draw(endpoint: string): DrawnFault
}

export function createFaultTable(chance: Chance): FaultTable {
  let rules: FaultRule[] = []
  let lastId = 0

  const hits = (rule: FaultRule, endpoint: string) => {
    if (rule.endpoint !== '*' && rule.endpoint !== endpoint) return false
    if (rule.times !== null && rule.hits >= rule.times) return false
    return chance.hits(rule.chance)
  }

  return {
    add: (rule) => {
      lastId += 1
      const added = { ...faultRuleSchema.parse(rule), id: lastId, hits: 0 }
      rules.push(added)
      return added
    },
    remove: (id) => {
      rules = rules.filter((rule) => rule.id !== id)
    },
    clear: () => {
      rules = []
    },
    list: () => rules.map((rule) => ({ ...rule })),
    draw: (endpoint) => {
      let delayMs = 0
      for (const rule of rules) {
        if (!hits(rule, endpoint)) continue
        rule.hits += 1
        if (rule.action.kind !== 'delay') return { delayMs, action: rule.action }
        delayMs += rule.action.ms
      }
      return { delayMs, action: undefined }
    },
  }
}
