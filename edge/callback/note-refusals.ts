/**
 * Tells the mailbox why callbacks are refused, so that the operator can be told which of Token, EncodingAESKey and corp id is
 * wrong; outsiders get the same bare 403 for all. Each isolate tells a reason once a minute, and the mailbox writes one down as
 * seldom: what strangers forge costs a row a minute, whatever its number.
 */
import { CALLBACK_REFUSALS, type CallbackRefusal } from '../../shared/edge-status.ts'

export const NOTE_EVERY_MS = 60_000

export interface NoteRefusalsDeps {
  now: () => number
}

export function createRefusalNotes({ now }: NoteRefusalsDeps) {
  const toldAt = new Map<CallbackRefusal, number>()

  /** The reason to tell, or undefined when it was told within the minute or is none of a callback's. */
  return (code: string): CallbackRefusal | undefined => {
    const reason = CALLBACK_REFUSALS.find((one) => code === `callback.${one}`)
    if (reason === undefined || now() - (toldAt.get(reason) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) {
      return undefined
    }
    toldAt.set(reason, now())
    return reason
  }
}
