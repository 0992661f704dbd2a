/**
 * Asks whoever answers, with what a bridge would find for each question and what it would do with the answer, and looks at what becomes of it.
 */
import type { ChooseAnswerers } from '../../answer/choose-answerer.ts'
import { createWriter } from '../../answer/create-writer.ts'
import { createKnowledge, type KnowledgeDeps, type KnowledgeOptions } from '../../knowledge/create-knowledge.ts'
import type { EvalQuery } from '../../knowledge/evaluate.ts'
import type { Rewrite } from '../../knowledge/find-hits.ts'
import type { Search } from '../../knowledge/index/start-search.ts'
import { createLogger } from '../../logger.ts'
import { askModel } from '../../stages/ask-model.ts'
import type { StoredDocument } from '../../store/document-store.ts'

export interface AnswersReport {
  answerer: string
  answered: number
  refused: number
  /** The answerer failed. */
  failed: number
  /** Of the questions that something answers: answered, and the answer holds an accepted text, or rests on the right passage first. */
  right: number
  answerable: number
  /** Of those that nothing answers: answered all the same. */
  nullAnswered: number
  nulls: number
}

export interface AnswersDeps {
  /** Holds `documents` already. */
  index: Search
  documents: readonly StoredDocument[]
  choose: ChooseAnswerers
  rewrite?: Rewrite | undefined
  models?: Pick<KnowledgeOptions, 'embedding' | 'rerank'>
  onProgress?: (done: number) => void
}

const MAX_PARTS = 3
const PARALLEL = 4

export async function runAnswers(
  queries: readonly EvalQuery[],
  { index, documents, choose, rewrite, models, onProgress }: AnswersDeps,
  signal: AbortSignal = new AbortController().signal,
): Promise<AnswersReport> {
  const log = createLogger({ level: 'silent', pretty: false })
  const [answerer] = choose([])
  const knowledge = createKnowledge(
    { store: toStore(documents), index, log, rewrite, basesOf: () => [] },
    // The index is given, so nothing is kept anywhere.
    { ...models, dataDir: '', databaseId: '' },
  )
  const report: AnswersReport = {
    ...{ answerer: answerer.name, answered: 0, refused: 0, failed: 0 },
    ...{ right: 0, answerable: 0, nullAnswered: 0, nulls: 0 },
  }

  /** What would be sent, and the passage that it rests on; undefined when nothing would be. */
  const answer = async ({ q }: EvalQuery, no: number) => {
    const turns = [{ role: 'customer', text: q } as const]
    const found = await knowledge.find({ openKfId: '', question: q, turns }, signal)
    const { passages, wholeFaq } = found
    const writer = createWriter({
      ...{ maxParts: MAX_PARTS, mayGiveOut: () => false, screen: () => true, links: [], persona: '' },
      knownTexts: [q, wholeFaq ?? '', ...passages.flatMap(({ text, url = '' }) => [text, url])],
    })
    const question = { conversationKey: `eval-${no}`, turns, knowledge: found }
    const asked = await askModel(answerer, question, writer, async () => true, signal)
    if (asked?.verdict !== 'answered') return undefined
    return { text: asked.text, source: asked.sources?.[0] ?? passages[0]?.id }
  }

  const ask = async (query: EvalQuery, no: number): Promise<void> => {
    const { gold, answers } = query
    report[gold === null ? 'nulls' : 'answerable'] += 1
    let said: Awaited<ReturnType<typeof answer>>
    try {
      said = await answer(query, no)
    } catch {
      signal.throwIfAborted()
      report.failed += 1
      return
    }
    if (said === undefined) {
      report.refused += 1
      return
    }
    const { text, source } = said
    report.answered += 1
    if (gold === null) report.nullAnswered += 1
    else if (answers.length > 0 ? answers.some((accepted) => text.includes(accepted)) : toDocument(source) === gold) {
      report.right += 1
    }
  }

  await knowledge.refresh()
  const waiting = [...queries.entries()]
  let done = 0
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await ask(next[1], next[0])
      done += 1
      onProgress?.(done)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return report
}

/** Chunks are named after their document, see read-eval-files.ts. */
function toDocument(chunk: string | undefined): string | undefined {
  return chunk?.slice(0, chunk.lastIndexOf('\n'))
}

function toStore(documents: readonly StoredDocument[]): KnowledgeDeps['store'] {
  const chunks = documents.reduce((sum, { pieces }) => sum + pieces.length, 0)
  return {
    version: async () => 1,
    versions: async () => new Map(documents.map(({ id, version }) => [id, version])),
    read: async (ids) => documents.filter(({ id }) => ids.includes(id)),
    bases: async () => [{ id: documents[0]?.base ?? '', name: '', chunks }],
  }
}
