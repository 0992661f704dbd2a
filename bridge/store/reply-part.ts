/** The parts of a reply and the steps among them, and how their rows hold them. */
import { createHash } from 'node:crypto'
import type { ReplyContent } from '../wecom/outgoing-content.ts'

export type Step = { kind: 'content'; content: ReplyContent } | { kind: 'open' } | { kind: 'hand-over'; cause: string }

export interface Part {
  msgid: string
  replyId: string
  uptoSeq: number
  no: number
  step: Step
  state: 'ready' | 'sending'
  /** True when its place and its state were taken by the transaction that stored it. */
  isMarked: boolean
  /** True when an earlier attempt may have been accepted. */
  inDoubt: boolean
  /** True when it has been given another msgid in this attempt. */
  isRenamed: boolean
  attempts: number
  due: number
  createdAt: number
}

/** Steps come after every part of their reply. */
export const STEP_NO = { open: 1000, 'hand-over': 1001 } as const

/** Of a row. */
export const IS_CONTENT = `kind not in ('open', 'hand-over')`

/** 32 hex characters. The reply's id is random, so a database that was wiped can't use one again. */
export function toPartMsgid(replyId: string, no: number | string): string {
  return createHash('sha256').update(`${replyId}/${no}`).digest('hex').slice(0, 32)
}

export function toPayload(content: ReplyContent): string {
  return JSON.stringify(content)
}

/** The rows are written by `toPayload` alone. */
export function fromPayload(payload: string): ReplyContent {
  return JSON.parse(payload) as ReplyContent
}

export function toStep(kind: string, payload: string): Step {
  if (kind === 'open') return { kind }
  if (kind === 'hand-over') return { kind, cause: (JSON.parse(payload) as { cause: string }).cause }
  return { kind: 'content', content: fromPayload(payload) }
}

export function describeStep(step: Step): { kind: string; payload: string } {
  if (step.kind === 'content') return { kind: step.content.type, payload: toPayload(step.content) }
  return { kind: step.kind, payload: JSON.stringify(step.kind === 'open' ? {} : { cause: step.cause }) }
}
