/**
 * What a person needs to know who takes over: what is asked, what was answered, what is known. The platform offers one place for it, the session
 * itself, where the customer reads it as well; so it quotes and judges nothing.
 */
import type { Turn } from '../answer/answerer.ts'

export interface SummaryParts {
  turns: readonly Turn[]
  nickname: string
  /** By which link the customer came; '' when that is not known. */
  scene: string
}

const MAX_QUESTIONS = 3
const QUESTION_CHARS = 120
const ANSWER_CHARS = 160

/** At most about 1,900 bytes with what is said before it; '' when there is nothing to tell. */
export function toHandoverSummary({ turns, nickname, scene }: SummaryParts): string {
  const questions = turns.filter(({ role }) => role === 'customer').slice(-MAX_QUESTIONS)
  // A welcome answers nothing.
  const answer = turns.findLast(({ role }, index) => role === 'assistant' && turns[index - 1]?.role === 'customer')
  const lines = [
    ...(nickname === '' ? [] : [`客户：${nickname}${scene === '' ? '' : `（来自 ${scene}）`}`]),
    ...questions.map(({ text }) => `咨询：${shorten(text, QUESTION_CHARS)}`),
    ...(answer === undefined ? [] : [`已答复：${shorten(answer.text, ANSWER_CHARS)}`]),
  ]
  return questions.length === 0 ? '' : ['【会话摘要】', ...lines].join('\n')
}

/** What a picture, a file or a page holds, as the model reads it: here its name is enough, the thing itself stands in the session. */
const QUOTED = /【([^】\n]+)】([^\n]*?)(?:（[^\n]*）)?\n(?:> [^\n]*\n)*【\1完】/g
/** What the model is told of a thing that can't be read. */
const UNREAD = /(\[(?:图片|语音|视频|文件)\])（客户发来[^）]*）/g

function shorten(text: string, maxChars: number): string {
  const oneLine = Array.from(
    text
      .replace(/（客户点选了菜单项 [^）]*）/g, '')
      .replace(QUOTED, '[$1] $2')
      .replace(UNREAD, '$1')
      .replace(/\s+/g, ' ')
      .trim(),
  )
  return oneLine.length <= maxChars ? oneLine.join('') : `${oneLine.slice(0, maxChars - 1).join('')}…`
}
