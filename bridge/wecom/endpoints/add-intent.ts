import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { type IntentContent, toAnswers, toQuestion, toSimilarQuestions } from './knowledge-intent.ts'

const path = 'kf/knowledge/add_intent'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/95972. At most 200 in a group. Returns the intent's id. */
export const addIntent: Endpoint<{ groupId: string } & IntentContent, string> = {
  path,
  method: 'POST',
  toBody: ({ groupId, question, similarQuestions, answer, attachments }) => ({
    group_id: groupId,
    question: toQuestion(limits, 'question', question),
    ...(similarQuestions.length === 0 ? {} : { similar_questions: toSimilarQuestions(limits, similarQuestions) }),
    answers: toAnswers(limits, answer, attachments),
  }),
  optionalFor: () => '',
  response: z.looseObject({ intent_id: z.string().min(1) }).transform(({ intent_id }) => intent_id),
}
