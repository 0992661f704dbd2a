/**
 * What searching costs at 20,000 chunks, without vectors and with, while the pipeline's thread is free; what indexing and reopening cost; and how
 * much is found of the questions in test/fixtures/retrieval, all of them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readPassages, readQueries } from '../../../bridge/cli/knowledge/read-eval-files.ts'
import { toSearchReport } from '../../../bridge/knowledge/evaluate.ts'
import type { IndexDocument } from '../../../bridge/knowledge/index/index-document.ts'
import { type Search, startSearch } from '../../../bridge/knowledge/index/start-search.ts'
import { runEval } from '../../../bridge/knowledge/run-eval.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'

const CHUNKS = 20_000
const DIMENSIONS = 1024
const QUERIES = 500
const DATA = 'test/fixtures/retrieval'
const THRESHOLD = 0.5
const say = ({ en }: { en: string }) => en
const format = (ms: number) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toString())

export async function measureKnowledge(report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-bench-'))
  try {
    await measureSpeed(report, folder)
    await measureFinding(report, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureSpeed(report: Report, folder: string): Promise<void> {
  const passages = await readPassages(`${DATA}/cmrc2018.passages.jsonl.gz`, say)
  const queries = (await readQueries(`${DATA}/cmrc2018.queries.jsonl.gz`, say)).slice(0, QUERIES).map(({ q }) => q)
  const texts = passages.flatMap(({ pieces }) => pieces.map(({ text }) => text))
  const rows: (string | number)[][] = []
  for (const hasVectors of [false, true]) {
    const path = join(folder, hasVectors ? 'vectors.sqlite' : 'words.sqlite')
    let index = startSearch({ path })
    const startedAt = performance.now()
    for (let done = 0; done < CHUNKS; done += 100) await index.put(makeDocuments(texts, done, 100, hasVectors))
    const perSecond = Math.round((CHUNKS * 1000) / (performance.now() - startedAt))
    await index.close()

    index = startSearch({ path })
    const openedAt = performance.now()
    const first = queries[0] ?? ''
    await search(index, first, hasVectors ? makeVector(1) : undefined)
    const reopened = performance.now() - openedAt
    const { p50, p95, max } = toPercentiles(await timeSearches(index, queries, hasVectors))
    rows.push([
      hasVectors ? `with vectors of ${DIMENSIONS}` : 'words',
      perSecond,
      format(reopened),
      format(p50),
      format(p95),
      format(max),
    ])
    if (!hasVectors) rows.push(await measureLoad(index, queries))
    await index.close()
  }
  report.table(
    `${CHUNKS} chunks (wanted: 1,000 a second indexed, reopened within 500 ms, p95 15 ms, with vectors 80 ms)`,
    ['search', 'indexed chunks/s', 'reopened and first search, ms', 'p50 ms', 'p95 ms', 'worst ms'],
    rows,
  )
}

/** Fifty a second, as many replies at once would ask; and how late this thread is meanwhile. */
async function measureLoad(index: Search, queries: readonly string[]): Promise<(string | number)[]> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const times = await Promise.all(
    queries.slice(0, 250).map(async (text, place) => {
      await new Promise((resolve) => setTimeout(resolve, place * 20))
      const startedAt = performance.now()
      await index.search({ texts: [text], limit: 6 })
      return performance.now() - startedAt
    }),
  )
  delay.disable()
  const { p50, p95, max } = toPercentiles(times)
  return [
    `50 a second (this thread late by ${format(delay.percentile(99) / 1e6)} ms at p99)`,
    '',
    '',
    format(p50),
    format(p95),
    format(max),
  ]
}

async function timeSearches(index: Search, queries: readonly string[], hasVectors: boolean): Promise<number[]> {
  const times: number[] = []
  for (const [place, text] of queries.entries()) {
    const vector = hasVectors ? makeVector(place) : undefined
    const startedAt = performance.now()
    await search(index, text, vector)
    times.push(performance.now() - startedAt)
  }
  return times
}

async function search(index: Search, text: string, vector?: Float32Array): Promise<void> {
  const near = vector && (await index.near({ model: 'bench', vectors: [vector], bases: undefined, limit: 50 }))
  await index.search({ texts: [text], near, limit: 6 })
}

/** Pieces of two passages each, so that all differ and share words as the pieces of one company's documents do. */
function makeDocuments(texts: readonly string[], from: number, count: number, hasVectors: boolean): IndexDocument[] {
  return Array.from({ length: count }, (_, offset) => {
    const no = from + offset
    const [one = '', other = ''] = [texts[(no * 7) % texts.length], texts[(no * 13 + 5) % texts.length]]
    const text = one.slice((no * 37) % 60, ((no * 37) % 60) + 160) + other.slice((no * 11) % 60, ((no * 11) % 60) + 90)
    const chunk = {
      id: `${no}-0`,
      kind: 'text' as const,
      heads: [`第 ${no} 篇`],
      text,
      vector: hasVectors ? { model: 'bench', numbers: makeVector(no) } : undefined,
    }
    return { id: `${no}`, version: 1, base: 'bench', meta: '', chunks: [chunk] }
  })
}

/** The same for the same number. */
function makeVector(no: number): Float32Array {
  let state = (no * 2_654_435_761 + 1) >>> 0
  return Float32Array.from({ length: DIMENSIONS }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  })
}

async function measureFinding(report: Report, folder: string): Promise<void> {
  const rows: (string | number)[][] = []
  for (const [name, ending] of [
    ['cmrc2018', '.jsonl.gz'],
    ['faq', '.jsonl'],
    ['handbooks', '.jsonl'],
  ] as const) {
    const index = startSearch({ path: join(folder, `${name}.sqlite`) })
    const documents = await readPassages(`${DATA}/${name}.passages${ending}`, say)
    const queries = await readQueries(`${DATA}/${name}.queries${ending}`, say)
    const { runs } = await runEval(documents, queries, { index })
    for (const { name: parts, judged } of runs) {
      const { recall1, recall5, recall10, mrr10, refusal, msP95 } = toSearchReport(judged, THRESHOLD)
      const shares = [recall1, recall5, recall10, mrr10, refusal.rightlyAnswered, refusal.nullAnswered]
      rows.push([`${name}: ${parts}`, ...shares.map((share) => share.toFixed(4)), format(msP95)])
    }
    await index.close()
  }
  report.table(
    'What is found, and what would be answered without a model',
    ['questions', 'recall@1', '@5', '@10', 'MRR@10', 'answered rightly', 'null answered', 'p95 ms'],
    rows,
  )
}
