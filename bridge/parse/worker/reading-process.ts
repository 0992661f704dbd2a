/**
 * The process that reads what strangers send: one document at a time, told by its parent, which kills it when it takes too long or
 * too much. It has no environment, no network functions, and may read this program's own files only. It ends with its parent.
 */
import { readDocument } from '../documents/read-document.ts'
import type { DocumentSource, Reading, ReadLimits } from '../documents/reading.ts'

export interface ReadRequest {
  source: DocumentSource
  limits: ReadLimits
}

export type ReadAnswer = { kind: 'ready' } | { kind: 'done'; reading: Reading }

// A library that asks a server about a page would tell it who reads what.
for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) Reflect.deleteProperty(globalThis, name)

const send = (answer: ReadAnswer) => process.send?.(answer)

process.on('disconnect', () => process.exit(0))
process.on('message', (request: ReadRequest) => {
  void readDocument(request.source, request.limits).then((reading) => send({ kind: 'done', reading }))
})
send({ kind: 'ready' })
