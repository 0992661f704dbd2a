import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SURE_ENOUGH } from '../../answer/answerer.ts'
import { parseAnswererSettings, parseKnowledgeSettings } from '../../config.ts'
import { type SearchReport, toSearchReport } from '../../knowledge/evaluate.ts'
import { startSearch } from '../../knowledge/index/start-search.ts'
import { createEmbedder } from '../../knowledge/models/embed.ts'
import { createRerank } from '../../knowledge/models/rerank.ts'
import { renderEvalPage } from '../../knowledge/render-eval-page.ts'
import { runEval } from '../../knowledge/run-eval.ts'
import type { Call, Command } from '../command.ts'
import { readPassages, readQueries } from '../knowledge/read-eval-files.ts'
import { type AnswersReport, runAnswers } from '../knowledge/run-answers.ts'
import { renderTable } from '../render-table.ts'
import { textOption } from '../require-option.ts'

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
    const settings = parseKnowledgeSettings(env)
    const folder = await mkdtemp(join(tmpdir(), 'kefu-eval-'))
    const index = startSearch({ path: join(folder, 'index.sqlite') })
    try {
      const { runs, chunksPerSecond } = await runEval(documents, queries, {
        index,
        embedder: settings.embedding && createEmbedder(settings.embedding),
        rerank: settings.rerank && createRerank(settings.rerank),
        ...(call.isInteractive && { onProgress: (done, total) => call.write(`\r\u001b[K${done}/${total}`) }),
      })
      if (call.isInteractive) call.write('\r\u001b[K')
      const answers =
        options.answers === true
          ? await runAnswers(queries, { index, settings: parseAnswererSettings(env) })
          : undefined
      const variants = runs.map(({ name, judged }) => ({ name, report: toSearchReport(judged, SURE_ENOUGH) }))
      const chart = textOption('chart', call) ?? DEFAULT_CHART
      const title = `${documents.length} 段资料，${queries.length} 个问题`
      await writeFile(chart, renderEvalPage({ title, variants, judged: runs[0]?.judged ?? [], threshold: SURE_ENOUGH }))
      const json = { passages: documents.length, queries: queries.length, chunksPerSecond, variants, answers, chart }
      return { json, text: describe(variants, { chunksPerSecond, answers, chart }, say) }
    } finally {
      await index.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

function describe(
  variants: readonly { name: string; report: SearchReport }[],
  { chunksPerSecond, answers, chart }: { chunksPerSecond: number; answers: AnswersReport | undefined; chart: string },
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
