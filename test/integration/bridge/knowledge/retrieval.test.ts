import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SURE_ENOUGH } from '../../../../bridge/answer/answerer.ts'
import { createKnowledgeAnswerer } from '../../../../bridge/answer/knowledge.ts'
import { readPassages, readQueries } from '../../../../bridge/cli/knowledge/read-eval-files.ts'
import { runAnswers } from '../../../../bridge/cli/knowledge/run-answers.ts'
import { toSearchReport } from '../../../../bridge/knowledge/evaluate.ts'
import { startSearch } from '../../../../bridge/knowledge/index/start-search.ts'
import { runEval } from '../../../../bridge/knowledge/run-eval.ts'

const DATA = 'test/fixtures/retrieval'
const say = ({ en }: { en: string }) => en

async function openIndex() {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-retrieval-'))
  const index = startSearch({ path: join(folder, 'index.sqlite') })
  onTestFinished(async () => {
    await index.close()
    await rm(folder, { recursive: true, force: true })
  })
  return index
}

async function evaluate(name: string, ending: string, step: number) {
  const index = await openIndex()
  const documents = await readPassages(`${DATA}/${name}.passages${ending}`, say)
  const all = await readQueries(`${DATA}/${name}.queries${ending}`, say)
  const queries = all.filter((_, place) => place % step === 0)
  const { runs } = await runEval(documents, queries, { index, isShort: true })
  return { index, documents, queries, report: toSearchReport(runs[0]?.judged ?? [], SURE_ENOUGH) }
}

describe('search with no model and no vectors', () => {
  it('finds the passage for a question about its text', { timeout: 60_000 }, async () => {
    // All 4,219 questions are in `npm run bench -- knowledge`; every sixth tells as much about a change.
    const { report } = await evaluate('cmrc2018', '.jsonl.gz', 6)
    expect(report.recall1).toBeGreaterThanOrEqual(0.969)
    expect(report.mrr10).toBeGreaterThanOrEqual(0.982)
  })

  it('finds the section of a handbook, whatever it is about, also where headings ask', async () => {
    const { report, index, documents, queries } = await evaluate('handbooks', '.jsonl', 1)
    expect(report.recall1).toBeGreaterThanOrEqual(0.85)
    expect(report.recall5).toBeGreaterThanOrEqual(0.97)
    expect([documents.length, queries.length]).toEqual([31, 48])
    // What shops deal with may help, and does no harm where nothing is sold.
    const search = (q: string) => index.search({ texts: [q], without: ['everyday-words'], limit: 1 })
    const plain = await Promise.all(queries.map(async ({ q, gold }) => (await search(q))[0]?.document === gold))
    expect(report.recall1).toBeGreaterThanOrEqual(plain.filter(Boolean).length / queries.length - 0.05)
  })

  it('finds the answer to what customers ask in words of their own, and says so only when it is sure', async () => {
    const { report, index, documents, queries } = await evaluate('faq', '.jsonl', 1)
    expect(report.recall1).toBeGreaterThanOrEqual(0.84)
    expect(report.recall5).toBeGreaterThanOrEqual(0.98)
    expect(report.refusal.rightlyAnswered).toBeGreaterThanOrEqual(0.6)
    expect(report.refusal.nullAnswered).toBeLessThanOrEqual(0.1)

    const answerer = createKnowledgeAnswerer()
    const said = await runAnswers(queries, { index, documents, choose: () => [answerer] })
    expect(said.right / said.answerable).toBeGreaterThanOrEqual(0.6)
    expect(said.nullAnswered / said.nulls).toBeLessThanOrEqual(0.1)
    expect(said.answered + said.refused).toBe(queries.length)
  })
})
