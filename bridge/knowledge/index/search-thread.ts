/** The thread that searches: it has the index file open and does what it is told, one thing after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { findNearest } from './find-nearest.ts'
import { openIndexFile } from './open-index-file.ts'
import { searchIndex } from './search-index.ts'
import type { ThreadAnswer, ThreadCall } from './start-search.ts'

const { path } = workerData as { path: string }
const index = openIndexFile(path)

function perform({ call }: ThreadCall): unknown {
  switch (call.kind) {
    case 'versions':
      return index.versions()
    case 'put':
      return index.put(call.documents)
    case 'remove':
      return index.remove(call.ids)
    case 'near':
      return findNearest(index, call.query)
    case 'search':
      return searchIndex(index, call.query)
    case 'questions':
      return index.allQuestions(call.bases, call.limit)
  }
}

parentPort?.on('message', (message: ThreadCall | 'close') => {
  if (message === 'close') {
    index.close()
    parentPort?.close()
    return
  }
  let answer: ThreadAnswer
  try {
    answer = { id: message.id, result: perform(message) }
  } catch (error) {
    answer = { id: message.id, fault: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' }
  }
  parentPort?.postMessage(answer)
})
