import type { ReplyContent } from '../wecom/outgoing-content.ts'

const TEXT_GAVE_UP = '抱歉，系统暂时繁忙，没能回答您的问题。您的消息已经记录，请稍后再试，或等待人工客服联系您。'
const TEXT_SENSITIVE = '抱歉，这个问题我无法回答。如有需要，请联系人工客服。'

/** The honest sentence for a failure whose error has this code, where the service desk has nothing to say. */
export function apologyFor(reason: string): ReplyContent {
  return { type: 'text', text: reason === 'answer.sensitive' ? TEXT_SENSITIVE : TEXT_GAVE_UP }
}
