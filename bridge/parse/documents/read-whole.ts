import type { DocumentSource, Reading, ReadLimits } from './reading.ts'
import { unread } from './reading.ts'

/** Reads a document to its end or not at all: what is known of a half, nobody would miss in an answer. */
export function createReadWhole(
  read: (source: DocumentSource, signal: AbortSignal, options: { limits: ReadLimits }) => Promise<Reading>,
  limits: ReadLimits,
) {
  return async (source: DocumentSource, signal: AbortSignal): Promise<Reading> => {
    const reading = await read(source, signal, { limits })
    return reading.outcome === 'read' && reading.isPartial === true ? unread(reading.kind, 'too-long') : reading
  }
}
