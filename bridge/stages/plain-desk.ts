/** A service desk without people: the model is asked everything, and an honest sentence stands in where it has no answer. */
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { ServiceDesk } from './service-desk.ts'

const TEXT_NO_ANSWER = '这个问题我暂时没有可靠的答案，已经为您记录，稍后由人工客服答复您。'
const TEXT_GAVE_UP = '抱歉，系统暂时繁忙，没能回答您的问题。您的消息已经记录，请稍后再试，或等待人工客服联系您。'
const TEXT_SENSITIVE = '抱歉，这个问题我无法回答。如有需要，请联系人工客服。'

/** For a failure whose error has this code. */
export function apologyFor(reason: string): ReplyContent {
  return { type: 'text', text: reason === 'answer.sensitive' ? TEXT_SENSITIVE : TEXT_GAVE_UP }
}

export function createPlainDesk(): ServiceDesk {
  return {
    consider: async () => ({ kind: 'ask' }),
    screen: () => true,
    async conclude({ verdict, reason }) {
      if (verdict === 'answered') return { kind: 'send' }
      const content = verdict === 'failed' ? apologyFor(reason) : ({ type: 'text', text: TEXT_NO_ANSWER } as const)
      return { kind: 'say', contents: [content] }
    },
    handOver: async () => ({ kind: 'stays' }),
  }
}
