/** Asks whoever answers, with what is found for each question, and looks at what becomes of it. */
import { createChooser } from '../../answer/create-chooser.ts'
import { toWechatText } from '../../answer/to-wechat-text.ts'
import type { Config } from '../../config.ts'
import type { EvalQuery } from '../../knowledge/evaluate.ts'
import type { Search } from '../../knowledge/index/start-search.ts'
import { createLogger } from '../../logger.ts'

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

const PASSAGES = 6
const DEADLINE_MS = 60_000
const PARALLEL = 4
const BREAKER = { openMs: 30_000, accountMs: 60_000 }

export async function runAnswers(
  queries: readonly EvalQuery[],
  { index, settings }: { index: Search; settings: Pick<Config, 'answerer' | 'fallback' | 'vendors'> },
): Promise<AnswersReport> {
  const log = createLogger({ level: 'silent', pretty: false })
  const choose = createChooser(settings, { deadlineMs: DEADLINE_MS, now: () => performance.now(), log }, BREAKER)
  const [answerer] = choose([])
  const report: AnswersReport = {
    ...{
      answerer: answerer.name,
      answered: 0,
      refused: 0,
      failed: 0,
      right: 0,
      answerable: 0,
      nullAnswered: 0,
      nulls: 0,
    },
  }
  const { signal } = new AbortController()

  const ask = async ({ q, gold, answers }: EvalQuery, no: number): Promise<void> => {
    report[gold === null ? 'nulls' : 'answerable'] += 1
    const hits = await index.search({ texts: [q], limit: PASSAGES })
    const passages = hits.map(({ chunk, title, text, score, confidence }) => ({
      id: chunk,
      title,
      text,
      score,
      confidence,
    }))
    let [said, verdict, sources]: [string, string, readonly string[]] = ['', 'failed', []]
    try {
      const turns = [{ role: 'customer', text: q } as const]
      for await (const event of answerer.answer(
        { conversationKey: `eval-${no}`, turns, knowledge: { passages } },
        signal,
      )) {
        if (event.kind === 'text') said += event.text
        else if (event.kind === 'sources') sources = event.ids
        else if (event.kind === 'verdict') verdict = event.verdict
      }
    } catch {
      report.failed += 1
      return
    }
    if (verdict !== 'answered') {
      report.refused += 1
      return
    }
    report.answered += 1
    if (gold === null) report.nullAnswered += 1
    else {
      const text = toWechatText(said)
      const document = hits.find(({ chunk }) => chunk === (sources[0] ?? hits[0]?.chunk))?.document
      const isRight = answers.length > 0 ? answers.some((accepted) => text.includes(accepted)) : document === gold
      if (isRight) report.right += 1
    }
  }

  const waiting = [...queries.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await ask(next[1], next[0])
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return report
}
