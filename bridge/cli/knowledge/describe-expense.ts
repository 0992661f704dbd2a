/** What measuring will ask of vendors: how often, about how long and at what price. An estimate, said before it is spent. */
import { costMicros } from '../../answer/model-prices.ts'
import type { EvalQuery } from '../../knowledge/evaluate.ts'
import type { StoredDocument } from '../../store/document-store.ts'
import type { Call } from '../command.ts'

export interface Expense {
  documents: readonly Pick<StoredDocument, 'pieces'>[]
  queries: readonly Pick<EvalQuery, 'q'>[]
  embedding: object | undefined
  reranking: object | undefined
  rewrites: boolean
  /** The answerer is asked, too. */
  asks: boolean
}

/** At once, see run-eval.ts. */
const PARALLEL = 4
const SECONDS = { embedding: 0.2, rerank: 0.4, rewrite: 1.2, answer: 3 }
/** Tokens: what stands around the question, and what comes back. */
const REWRITE = { around: 160, written: 80 }
/** Six passages of 300 tokens, and what the model is told. */
const ANSWER = { around: 2_500, written: 150 }

/** '' when nobody is asked. */
export function describeExpense(
  { documents, queries, embedding, reranking, rewrites, asks }: Expense,
  { name, model, now = Date.now() }: { name: string; model: string; now?: number },
  say: Call['say'],
): string {
  const asksModel = asks && name !== 'knowledge'
  if (embedding === undefined && reranking === undefined && !rewrites && !asksModel) return ''
  const count = queries.length
  const pieces = documents.reduce((sum, document) => sum + document.pieces.length, 0)
  const seconds =
    (embedding === undefined ? 0 : pieces * 0.02 + (count * SECONDS.embedding * (rewrites ? 2 : 1)) / PARALLEL) +
    (reranking === undefined ? 0 : (count * SECONDS.rerank * 3) / PARALLEL) +
    (rewrites ? (count * SECONDS.rewrite) / PARALLEL : 0) +
    (asksModel ? (count * SECONDS.answer) / PARALLEL : 0)
  const minutes = Math.max(1, Math.ceil(seconds / 60))
  const calls = [
    ...(embedding === undefined
      ? []
      : [
          say({
            zh: `${pieces} 段资料和 ${count} 个问题的向量`,
            en: `vectors of ${pieces} pieces and ${count} questions`,
          }),
        ]),
    ...(reranking === undefined
      ? []
      : [say({ zh: `每个问题几次重排（共 ${count} 个）`, en: `a few rankings for each of ${count} questions` })]),
    ...(rewrites
      ? [say({ zh: `${name} 最多改写 ${count} 次`, en: `up to ${count} questions reworded by ${name}` })]
      : []),
    ...(asksModel ? [say({ zh: `${name} 作答 ${count} 次`, en: `${count} answers by ${name}` })] : []),
  ]
  const yuan = rewrites || asksModel ? toYuan({ queries, rewrites, asksModel }, model, now) : undefined
  const price =
    yuan === undefined
      ? say({ zh: '费用按厂商的价格', en: "at the vendors' prices" })
      : say({ zh: `模型约 ${yuan} 元`, en: `about ${yuan} yuan for the model` })
  return say({
    zh: `会调用厂商：${calls.join('，')}。约 ${minutes} 分钟，${price}。加 --offline 则都不用。`,
    en: `Vendors will be asked: ${calls.join(', ')}. About ${minutes} min, ${price}. With --offline none of it.`,
  })
}

/** Undefined for a model whose price nobody has told. */
function toYuan(
  { queries, rewrites, asksModel }: { queries: Expense['queries']; rewrites: boolean; asksModel: boolean },
  model: string,
  now: number,
): string | undefined {
  let [input, output] = [0, 0]
  for (const { q } of queries) {
    for (const { around, written } of [...(rewrites ? [REWRITE] : []), ...(asksModel ? [ANSWER] : [])]) {
      input += around + q.length
      output += written
    }
  }
  const micros = costMicros({ model, tokens: { input, cachedInput: 0, output } }, {}, now)
  return micros === undefined ? undefined : Math.max(0.01, micros / 1e6).toFixed(2)
}
