/** What money is spent for, as people call it: on the page and on the command line. */
import type { Purpose } from '../spending/create-spending.ts'
import type { Text } from './alerts/alert.ts'

const PURPOSES: Readonly<Record<string, Text>> = {
  answer: { zh: '回答', en: 'answers' },
  rewrite: { zh: '改写问题', en: 'questions in other words' },
  summary: { zh: '概括对话', en: 'summaries' },
  picture: { zh: '看图', en: 'pictures' },
  speech: { zh: '听语音', en: 'speech' },
  search: { zh: '检索向量', en: 'vectors of questions' },
  rerank: { zh: '重排', en: 'reranking' },
  index: { zh: '知识库向量', en: 'vectors of the knowledge' },
} satisfies Record<Purpose, Text>

export function toPurposeText(purpose: string): Text {
  return PURPOSES[purpose] ?? { zh: purpose, en: purpose }
}
