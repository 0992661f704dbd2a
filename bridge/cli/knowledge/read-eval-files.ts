/** Passages and questions as JSON lines. What is not as it should be is named by its line. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { EvalQuery } from '../../knowledge/evaluate.ts'
import { splitText } from '../../knowledge/split-text.ts'
import type { StoredDocument } from '../../store/document-store.ts'
import type { Call } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'

const passage = z.object({
  id: z.string().min(1),
  title: z.string().default(''),
  text: z.string(),
  similar: z.array(z.string()).default([]),
})
const query = z.object({ q: z.string().min(1), gold: z.string().nullable(), answers: z.array(z.string()).default([]) })

/** As they would be in the knowledge: cut, and a title that asks makes a question with its answer. */
export async function readPassages(path: string, say: Call['say']): Promise<StoredDocument[]> {
  const passages = await readLines(path, passage, say)
  return passages.map(({ id, title, text, similar }) => {
    const isQuestion = /[?？]\s*$/.test(title)
    const pieces = isQuestion ? [{ heading: '', text }] : splitText(text)
    return {
      ...{
        id,
        base: 'eval',
        source: 'eval',
        uri: id,
        kind: isQuestion ? 'faq' : 'text',
        title,
        hash: '',
        state: 'ready',
      },
      ...{ error: '', meta: { similar }, version: 1, syncedAt: 0, chunks: pieces.length },
      pieces: pieces.map((piece, no) => ({ id: `${id}\n${no}`, ...piece, model: '', vector: undefined })),
    }
  })
}

export function readQueries(path: string, say: Call['say']): Promise<EvalQuery[]> {
  return readLines(path, query, say)
}

async function readLines<T>(path: string, schema: z.ZodType<T>, say: Call['say']): Promise<T[]> {
  const bytes = await readFile(path).catch(() => {
    throw usageError(say({ zh: `读不了 ${printable(path)}`, en: `${printable(path)} can't be read` }))
  })
  const content = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const parsed = schema.safeParse(parseJson(line))
    if (parsed.success) return [parsed.data]
    const where = `${printable(path)}:${index + 1}`
    const why = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
    throw usageError(say({ zh: `${where} 写法不对：${why}`, en: `${where}: ${why}` }))
  })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
