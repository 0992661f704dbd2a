import type { Pointer } from './bus.ts'
import { STAGES } from './bus.ts'

/** A pointer as the body of a broker's message. */
export function encodePointer({ stage, key }: Pointer): Buffer {
  return Buffer.from(JSON.stringify({ stage, key }))
}

/** Undefined for what is no pointer: anybody with the broker's password can put anything into a queue. */
export function parsePointer(body: Buffer): Pointer | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const { stage: rawStage, key } = value as Record<string, unknown>
    const stage = STAGES.find((known) => known === rawStage)
    return stage === undefined || typeof key !== 'string' || key === '' ? undefined : { stage, key }
  } catch {
    return undefined
  }
}
