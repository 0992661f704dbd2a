import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { done } from './done.ts'
import { type IntentContent, toAnswers, toQuestion, toSimilarQuestions } from './knowledge-intent.ts'

const path = 'kf/knowledge/mod_intent'
const limits = limitsOf(path)

type IntentChange = { intentId: string } & Partial<Pick<IntentContent, 'question' | 'similarQuestions'>> & {
    /** Text and attachments are replaced together. */
    answer?: Pick<IntentContent, 'answer' | 'attachments'>
  }

/** https://developer.work.weixin.qq.com/document/path/95972. Each of the three parts that is given replaces the old one whole. */
export const changeIntent: Endpoint<IntentChange, void> = {
  path,
  method: 'POST',
  toBody: ({ intentId, question, similarQuestions, answer }) => ({
    intent_id: intentId,
    ...(question === undefined ? {} : { question: toQuestion(limits, 'question', question) }),
    ...(similarQuestions === undefined ? {} : { similar_questions: toSimilarQuestions(limits, similarQuestions) }),
    ...(answer === undefined ? {} : { answers: toAnswers(limits, answer.answer, answer.attachments) }),
  }),
  optionalFor: () => '',
  response: done,
}
