/** A text that was read from anywhere, cut and ready to be saved. */
import { createHash } from 'node:crypto'
import type { NewDocument } from '../../store/document-store.ts'
import { splitText } from '../split-text.ts'
import { SPLITTER } from './sync-source.ts'

export interface ReadText {
  title: string
  text: string
  /** Of the bytes, when there were any; else of the text. */
  hash?: string
  url?: string
}

export function toTextDocument({ title, text, hash, url }: ReadText): Omit<NewDocument, 'uri'> {
  return {
    kind: 'text',
    title,
    hash: hash ?? hashText(text),
    chunks: splitText(text),
    meta: url === undefined ? {} : { url },
  }
}

/** Of what is read and of how it is cut. */
export function hashText(content: string | Uint8Array): string {
  return createHash('sha256').update(SPLITTER).update(content).digest('hex').slice(0, 24)
}
