/** Measures a search on questions whose right passage is known; `gold: null` marks those that nothing answers. */
export interface EvalQuery {
  q: string
  /** The id of the passage that answers it; null: it must be refused. */
  gold: string | null
  /** Texts that a right answer holds one of; empty: the passage itself is what is looked at. */
  answers: readonly string[]
}

export interface Found {
  /** Best first, each passage once. */
  passages: readonly string[]
  /** Of the first. */
  confidence: number
  ms: number
}

export interface Judged {
  gold: string | null
  /** Counted from 1; undefined when it was not found. */
  rank: number | undefined
  confidence: number
  ms: number
}

export interface SearchReport {
  queries: number
  /** Of the questions that something answers, from 0 to 1. */
  recall1: number
  recall5: number
  recall10: number
  mrr10: number
  refusal: RefusalReport
  msP50: number
  msP95: number
}

/** What would be said without a model, at one threshold. Shares from 0 to 1. */
export interface RefusalReport {
  threshold: number
  /** Of the answerable: said, and the right thing. */
  rightlyAnswered: number
  /** Of the answerable: said, but something else. */
  wronglyAnswered: number
  /** Of those that nothing answers: said all the same. NaN when there are none. */
  nullAnswered: number
}

const DEPTH = 10

export function judge({ gold }: Pick<EvalQuery, 'gold'>, { passages, confidence, ms }: Found): Judged {
  const place = gold === null ? -1 : passages.slice(0, DEPTH).indexOf(gold)
  return { gold, rank: place < 0 ? undefined : place + 1, confidence, ms }
}

export function toSearchReport(judged: readonly Judged[], threshold: number): SearchReport {
  const answerable = judged.filter(({ gold }) => gold !== null)
  const within = (depth: number) => share(answerable, ({ rank }) => rank !== undefined && rank <= depth)
  const times = judged.map(({ ms }) => ms).sort((one, other) => one - other)
  return {
    queries: judged.length,
    recall1: within(1),
    recall5: within(5),
    recall10: within(DEPTH),
    mrr10: answerable.reduce((sum, { rank }) => sum + (rank === undefined ? 0 : 1 / rank), 0) / answerable.length,
    refusal: toRefusal(judged, threshold),
    msP50: times[Math.floor(times.length * 0.5)] ?? 0,
    msP95: times[Math.floor(times.length * 0.95)] ?? 0,
  }
}

export function toRefusal(judged: readonly Judged[], threshold: number): RefusalReport {
  const answerable = judged.filter(({ gold }) => gold !== null)
  const isSaid = ({ confidence }: Judged) => confidence >= threshold
  return {
    threshold,
    rightlyAnswered: share(answerable, (one) => isSaid(one) && one.rank === 1),
    wronglyAnswered: share(answerable, (one) => isSaid(one) && one.rank !== 1),
    nullAnswered: share(
      judged.filter(({ gold }) => gold === null),
      isSaid,
    ),
  }
}

function share<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.length === 0 ? Number.NaN : items.filter(test).length / items.length
}
