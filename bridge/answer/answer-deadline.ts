/**
 * One deadline for a whole answer, joined with the caller's own signal. Vendors keep a waiting connection awake, so silence proves
 * nothing and no keep-alive makes it longer.
 */
import type { AppError } from '../../shared/app-error.ts'
import { answerUnavailable } from './to-answer-error.ts'

export interface AnswerDeadline {
  /** For every call of this answer. */
  signal: AbortSignal
  /** Why it ended, if it did: the caller gave up, or the time is over. */
  interruption(): AppError | undefined
}

export function startAnswerDeadline(answerer: string, signal: AbortSignal, deadlineMs: number): AnswerDeadline {
  const deadline = AbortSignal.timeout(deadlineMs)
  return {
    signal: AbortSignal.any([signal, deadline]),
    interruption() {
      if (signal.aborted) return answerUnavailable(answerer, 'aborted')
      return deadline.aborted ? answerUnavailable(answerer, 'deadline', { deadlineMs }) : undefined
    },
  }
}
