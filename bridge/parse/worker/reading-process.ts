/**
 * The process that reads what strangers send: one document or picture at a time, told by its parent, which kills it when it takes too long or
 * too much. It has no environment, no network functions, and may read this program's own files only. It ends with its parent.
 */
import { readDocument } from '../documents/read-document.ts'
import type { DocumentSource, Reading, ReadLimits } from '../documents/reading.ts'
import type { PictureReading, PictureSource, PictureWishes } from '../pictures/picture-reading.ts'
import { closeNetwork } from './close-network.ts'

export interface DocumentRequest {
  source: DocumentSource
  limits: ReadLimits
}

export interface PictureRequest {
  picture: PictureSource
  wishes: PictureWishes
}

export type ReadRequest = DocumentRequest | PictureRequest

/** What comes of a request. */
export type ReadingOf<Request extends ReadRequest> = Request extends PictureRequest ? PictureReading : Reading

export type ReadAnswer = { kind: 'ready' } | { kind: 'done'; reading: Reading | PictureReading }

closeNetwork()

const send = (answer: ReadAnswer) => process.send?.(answer)

process.on('disconnect', () => process.exit(0))
process.on('message', (request: ReadRequest) => {
  void read(request).then((reading) => send({ kind: 'done', reading }))
})
send({ kind: 'ready' })

async function read(request: ReadRequest): Promise<Reading | PictureReading> {
  if ('source' in request) return readDocument(request.source, request.limits)
  // Only a process that was started for pictures may load what decodes them.
  return (await import('../pictures/read-picture.ts')).readPicture(request.picture, request.wishes)
}
