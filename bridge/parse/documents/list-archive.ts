import { listEntries } from './open-zip.ts'
import { type Reading, unread } from './reading.ts'
import { tidyLine } from './tidy-text.ts'

const MAX_LISTED = 100

/** The names of what is in a zip; nothing of it is opened. */
export function listArchive(bytes: Uint8Array): Reading {
  const files = listEntries(bytes).filter(({ name }) => !name.endsWith('/'))
  if (files.length === 0) return unread('zip', 'empty')
  const lines = files.slice(0, MAX_LISTED).map(({ name, size }) => `- ${tidyLine(name)}（${toSize(size)}）`)
  const more = files.length > MAX_LISTED ? [`……共 ${files.length} 个文件`] : []
  return {
    outcome: 'read',
    kind: 'zip',
    title: '',
    text: [...lines, ...more].join('\n'),
    notes: ['只列出了文件名，没有打开其中的文件'],
  }
}

function toSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} 字节`
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
}
