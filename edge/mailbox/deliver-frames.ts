/** Splits mail into frames that a socket carries at ease: at most 100 pieces each, and well under a megabyte. */
import type { EdgeFrame, Mail } from '../../shared/frames.ts'

const MAX_MAIL = 100
// Only events are long: an authorisation change may name thousands of accounts.
const MAX_CHARACTERS = 300_000

export interface DeliverFrame {
  text: string
  /** The highest number in it. */
  lastNumber: number
}

/** `mail` in the order of its numbers. */
export function toDeliverFrames(mail: readonly Mail[]): DeliverFrame[] {
  const batches: Mail[][] = []
  let characters = 0
  for (const piece of mail) {
    const batch = batches.at(-1)
    characters += JSON.stringify(piece).length
    if (batch !== undefined && batch.length < MAX_MAIL && characters <= MAX_CHARACTERS) batch.push(piece)
    else {
      batches.push([piece])
      characters = JSON.stringify(piece).length
    }
  }
  return batches.map((batch) => {
    const frame: EdgeFrame = { type: 'deliver', mail: batch }
    return { text: JSON.stringify(frame), lastNumber: batch.at(-1)?.number ?? 0 }
  })
}
