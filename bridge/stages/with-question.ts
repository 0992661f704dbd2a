import type { Prepared } from './prepare-answer.ts'

const CUSTOMER = 3

/** What the customer said last stands for these words, because they tapped a menu; undefined: for itself. What else came stays as it is. */
export function withQuestion(prepared: Prepared, question: string | undefined): Prepared {
  const tapped = prepared.unanswered.findLast(({ origin }) => origin === CUSTOMER)
  if (question === undefined || tapped === undefined) return prepared
  const restated = <T extends { text: string; seq?: number | undefined }>(list: readonly T[]) =>
    list.map((it) => (it.seq === tapped.seq ? { ...it, text: question } : it))
  return { ...prepared, turns: restated(prepared.turns), unanswered: restated(prepared.unanswered) }
}
