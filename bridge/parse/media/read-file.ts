/** A document that a customer sent: what it says, under its name, or honestly why that isn't known. */
import { readFile } from 'node:fs/promises'
import { cleanText } from '../../../shared/clean-text.ts'
import { describeUnread, KIND_NAMES } from '../documents/describe-reading.ts'
import type { DocumentSource } from '../documents/reading.ts'
import { quoteContent, withoutMarks } from '../quote-content.ts'
import { limitText } from '../read-fields.ts'
import type { ParsePool } from '../worker/parse-pool.ts'
import type { ReadMedia, StoredMedia } from './media-reader.ts'

const MAX_CHARS = 12_000
const MAX_NAME_CHARS = 120

export function createReadFile({ read }: Pick<ParsePool, 'read'>): ReadMedia {
  return async (media, signal, conv) => {
    const name = toShownName(media)
    const reading = await read({ bytes: media.bytes, load: () => loadDocument(media) }, signal, { conv })
    const title = `[文件] ${name}`.trim()
    if (reading.outcome === 'unread') {
      return { text: `${title}（${describeUnread(reading.kind, reading.reason)}）`, title }
    }
    const notes = [KIND_NAMES[reading.kind], ...reading.notes]
    const text = quoteContent({
      what: '文件',
      title: name || reading.title,
      notes,
      text: reading.text,
      maxChars: MAX_CHARS,
    })
    return { text, title }
  }
}

async function loadDocument({ path, mime, name }: StoredMedia): Promise<DocumentSource> {
  return { bytes: await readFile(path), contentType: mime, ...(name !== undefined && { name }) }
}

/** In one line, without what nobody can see (a name may read backwards) and what could pass for a head of ours. */
function toShownName({ name = '' }: Pick<StoredMedia, 'name'>): string {
  return withoutMarks(cleanText(limitText(name, MAX_NAME_CHARS)).replace(/\s+/g, ' '))
}
