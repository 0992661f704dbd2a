import type { Text } from './alert.ts'

/** What the rules look at, gathered anew for each look. What could not be found out is undefined and neither opens nor closes anything. */
export interface AlertFacts {
  now: number
  /** The platform refuses our credentials; null when it does not. `address`: ours, as the platform sees it. */
  token: { errcode: number; meaning: Text; address?: string } | null | undefined
  /** Errcodes of calls that stand in the way of work, by how much of it. */
  refusals: readonly { errcode: number; count: number; meaning: Text; todo?: Text }[] | undefined
  /** Accounts whose messages the platform takes and does not deliver, with how many of the last hour wait for a person. */
  undelivered: readonly { openKfId: string; failType: number; count: number; meaning: Text }[] | undefined
  /** Of the accounts with a limit, in millionths of the currency. */
  spend:
    | readonly { openKfId: string; spentMicros: number; capMicros: number; unpricedModels: readonly string[] }[]
    | undefined
  parked: number | undefined
  backlog: readonly { stage: string; count: number; oldestDue: number }[] | undefined
  /** Null when the edge can't be asked. */
  edge: { connected: boolean; oldestWaitingSeconds: number; pending: number } | null | undefined
  bus: { up: boolean; reason?: string } | undefined
  disk: { freeBytes: number; totalBytes: number } | undefined
  /** Speech recognition refuses our account; null when it does not, as far as anybody has spoken. */
  asr: { status: number } | null | undefined
  /** Conversations that wait because a model fails, and the code of its failure. */
  model: { waiting: number; reason: string; answeredAt: number | undefined } | undefined
}
