import type { ParsePool } from '../worker/parse-pool.ts'
import { type DocumentSource, type Reading, type ReadLimits, unread } from './reading.ts'

export interface PicturedDeps {
  read: (source: DocumentSource, signal: AbortSignal, options: { limits: ReadLimits }) => Promise<Reading>
  readPicture: ParsePool['readPicture']
}

/** Reads documents, and of pictures the words in them: a photographed notice, a price list as a screenshot. */
export function createReadPictured({ read, readPicture }: PicturedDeps): PicturedDeps['read'] {
  return async (source, signal, options) => {
    const reading = await read(source, signal, options)
    if (reading.outcome === 'read' || reading.kind !== 'image') return reading
    const seen = await readPicture({ bytes: source.bytes }, { text: true }, signal)
    const text = seen.outcome === 'seen' ? (seen.text ?? '').trim() : ''
    if (text === '') return unread('image', 'scanned')
    return { outcome: 'read', kind: 'image', title: '', text, notes: ['从图片里认出的文字，可能有错字'] }
  }
}
