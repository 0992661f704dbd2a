import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SURE_ENOUGH } from '../../answer/answerer.ts'
import { createChooser } from '../../answer/create-chooser.ts'
import { parseAnswererSettings, parseKnowledgeSettings } from '../../config.ts'
import { type SearchReport, toSearchReport } from '../../knowledge/evaluate.ts'
import type { Rewrite, VendorPart } from '../../knowledge/find-hits.ts'
import { startSearch } from '../../knowledge/index/start-search.ts'
import { renderEvalPage } from '../../knowledge/render-eval-page.ts'
import { type EvalResult, runEval } from '../../knowledge/run-eval.ts'
import { createLogger } from '../../logger.ts'
import type { Call, Command } from '../command.ts'
import { describeCounts } from '../describe-counts.ts'
import { describeExpense } from '../knowledge/describe-expense.ts'
import { readPassages, readQueries } from '../knowledge/read-eval-files.ts'
import { type AnswersReport, runAnswers } from '../knowledge/run-answers.ts'
import type { Text } from '../language.ts'
import { renderTable } from '../render-table.ts'
import { textOption } from '../require-option.ts'

const DEADLINE_MS = 60_000
const BREAKER = { openMs: 30_000, accountMs: 60_000 }
const NO_MODELS = { embedding: undefined, rerank: undefined }
const VENDOR_PARTS: Readonly<Record<VendorPart, Text>> = {
  embedding: { zh: '问题的向量', en: "the question's vector" },
  vectors: { zh: '数据库的向量检索', en: "the database's search by vectors" },
  rerank: { zh: '重排', en: 'the reranker' },
  rewrite: { zh: '改写', en: 'rewording' },
}
const DEFAULT_CHART = 'knowledge-eval.html'

export const knowledgeEval: Command = {
  path: ['knowledge', 'eval'],
  about: {
    zh: '用带答案的问题衡量检索和拒答，不碰正在用的知识库',
    en: 'measure finding and refusing on questions with known answers, beside the knowledge in use',
  },
  operand: {
    name: 'PASSAGES.jsonl QUERIES.jsonl',
    about: {
      zh: '{id,title,text} 与 {q,gold,answers}，每行一个；gold 为 null 表示应拒答',
      en: '{id,title,text} and {q,gold,answers}, one a line; gold null: it is to be refused',
    },
    isMany: true,
    min: 2,
    max: 2,
  },
  options: {
    answers: { type: 'boolean', about: { zh: '也让当前的回答者作答', en: 'have whoever is configured answer, too' } },
    offline: {
      type: 'boolean',
      about: {
        zh: '不调用任何厂商：不用向量、重排和模型，不花钱',
        en: 'ask no vendor: no vectors, reranker or model, and no cost',
      },
    },
    chart: {
      type: 'string',
      value: 'FILE',
      about: { zh: `图表网页，默认 ${DEFAULT_CHART}`, en: `the page with the charts, ${DEFAULT_CHART} by default` },
    },
  },
  async run(call) {
    const { operands, options, say, env } = call
    const [passagesPath = '', queriesPath = ''] = operands
    const [documents, queries] = [await readPassages(passagesPath, say), await readQueries(queriesPath, say)]
    const isOffline = options.offline === true
    const { embedding, rerank: reranking } = isOffline ? NO_MODELS : parseKnowledgeSettings(env)
    const answering = parseAnswererSettings(env)
    const choose = createChooser(
      isOffline ? { answerer: 'knowledge', fallback: undefined, vendors: {} } : answering,
      { deadlineMs: DEADLINE_MS, now: () => performance.now(), log: createLogger({ level: 'silent', pretty: false }) },
      BREAKER,
    )
    const [answerer] = choose([])
    const rewrite: Rewrite | undefined =
      answerer.rewrite && (async (turns, signal) => (await answerer.rewrite?.(turns, signal)) ?? [])
    const asks = options.answers === true
    const model = Object.entries(answering.vendors).find(([name]) => name === answerer.name)?.[1]
    const expense = describeExpense(
      { documents, queries, embedding, reranking, rewrites: rewrite !== undefined, asks },
      { name: answerer.name, model: model !== undefined && 'model' in model ? model.model : '' },
      say,
    )
    if (expense !== '' && options.json !== true) call.write(`${expense}\n`)

    const folder = await mkdtemp(join(tmpdir(), 'kefu-eval-'))
    const index = startSearch({ path: join(folder, 'index.sqlite') })
    try {
      const finding = describeCounts({ zh: '检索', en: 'finding' }, queries.length)
      const deps = { index, embedding, reranking, rewrite, onProgress: finding.count }
      const { runs, chunksPerSecond, without } = await call.progress(finding.text, runEval(documents, queries, deps))
      const answersOf = () => {
        const { text, count } = describeCounts({ zh: '作答', en: 'answering' }, queries.length)
        const models = { embedding, rerank: reranking }
        return call.progress(
          text,
          runAnswers(queries, { index, documents, choose, rewrite, models, onProgress: count }),
        )
      }
      const answers = asks ? await answersOf() : undefined
      const variants = runs.map(({ name, judged }) => ({ name, report: toSearchReport(judged, SURE_ENOUGH) }))
      const chart = textOption('chart', call) ?? DEFAULT_CHART
      const title = `${documents.length} 段资料，${queries.length} 个问题`
      await writeFile(chart, renderEvalPage({ title, variants, judged: runs[0]?.judged ?? [], threshold: SURE_ENOUGH }))
      const json = {
        passages: documents.length,
        queries: queries.length,
        chunksPerSecond,
        variants,
        without,
        answers,
        chart,
      }
      return { json, text: describe(variants, { chunksPerSecond, without, answers, chart }, say) }
    } finally {
      await index.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

function describe(
  variants: readonly { name: string; report: SearchReport }[],
  {
    chunksPerSecond,
    without,
    answers,
    chart,
  }: Omit<EvalResult, 'runs'> & {
    answers: AnswersReport | undefined
    chart: string
  },
  say: Call['say'],
): string {
  const head = [
    { zh: '用到的部分', en: 'PARTS' },
    { zh: 'recall@1', en: 'recall@1' },
    { zh: '@5', en: '@5' },
    { zh: '@10', en: '@10' },
    { zh: 'MRR@10', en: 'MRR@10' },
    { zh: '答对', en: 'RIGHT' },
    { zh: '答错', en: 'WRONG' },
    { zh: '误答无解', en: 'NULL ANSWERED' },
    { zh: 'p50 ms', en: 'p50 ms' },
    { zh: 'p95 ms', en: 'p95 ms' },
  ].map(say)
  const rows = variants.map(({ name, report }) => {
    const { rightlyAnswered, wronglyAnswered, nullAnswered } = report.refusal
    const shares = [
      report.recall1,
      report.recall5,
      report.recall10,
      report.mrr10,
      rightlyAnswered,
      wronglyAnswered,
      nullAnswered,
    ]
    return [name, ...shares.map(toShare), report.msP50.toFixed(1), report.msP95.toFixed(1)]
  })
  const notes = [
    say({
      zh: `答对、答错、误答无解：不用模型、把握到 ${SURE_ENOUGH} 才答时的比例。索引每秒 ${chunksPerSecond} 段。图表：${chart}`,
      en: `Right, wrong and null answered: without a model, from a confidence of ${SURE_ENOUGH} on. ${chunksPerSecond} pieces indexed a second. Chart: ${chart}`,
    }),
  ]
  for (const [what, count] of Object.entries(without)) {
    const name = say(VENDOR_PARTS[what as VendorPart])
    notes.push(
      say({
        zh: `有 ${count} 个问题没用上${name}：没有在时限内得到结果。`,
        en: `${count} questions had to do without ${name}: it failed, or took too long.`,
      }),
    )
  }
  if (answers !== undefined) notes.push(describeAnswers(answers, say))
  return [renderTable(head, rows), ...notes].join('\n')
}

function describeAnswers(report: AnswersReport, say: Call['say']): string {
  const { answerer, answered, refused, failed, right, answerable, nullAnswered, nulls } = report
  return say({
    zh: `${answerer} 作答：回答 ${answered}，拒答 ${refused}，出错 ${failed}；有解的答对 ${right}/${answerable}，无解的误答 ${nullAnswered}/${nulls}`,
    en: `${answerer}: ${answered} answered, ${refused} refused, ${failed} failed; of the answerable ${right} of ${answerable} rightly, of the others ${nullAnswered} of ${nulls} were answered`,
  })
}

function toShare(share: number): string {
  return Number.isNaN(share) ? '–' : share.toFixed(4)
}
