/** The same act on several parked entries: each gets its own result, and one that fails does not stop the others. */
import type { ParkedEntry, ParkedStore } from '../store/parked-store.ts'
import type { Call, Output } from './command.ts'
import { findParked } from './find-parked.ts'
import { printable } from './printable.ts'
import { toShortId } from './short-id.ts'

export type Settled =
  | { result: 'retried' | 'dropped' | 'missing' }
  | { result: 'refused'; reason: string; message: string }

export interface SettleDeps {
  parked: Pick<ParkedStore, 'find'>
  settle: (entry: ParkedEntry) => Promise<Settled>
  /** What is said of an entry that it was done for. */
  done: string
  say: Call['say']
}

export async function settleParked(
  idStarts: readonly string[],
  { parked, settle, done, say }: SettleDeps,
): Promise<Output> {
  const lines: string[] = []
  const results: object[] = []
  let isFailure = false
  for (const idStart of idStarts) {
    const found = await findParked(parked, idStart, say)
    if (found.kind !== 'found') {
      results.push({ id: idStart, result: found.kind })
      lines.push(found.message)
      isFailure = true
      continue
    }
    const { id } = found.entry
    const settled = await settle(found.entry)
    results.push({ id, ...settled })
    const isDone = settled.result === 'retried' || settled.result === 'dropped'
    if (!isDone) isFailure = true
    const message = 'message' in settled ? settled.message : say({ zh: '已不在列表中', en: 'is not open any more' })
    lines.push(`${printable(toShortId(id))}  ${isDone ? done : message}`)
  }
  return { json: { results }, text: lines.join('\n'), isFailure }
}
