/** A service desk without people: the model is asked everything, and an honest sentence stands in where it has no answer. */
import { apologyFor } from '../../bridge/stages/apology.ts'
import type { ServiceDesk } from '../../bridge/stages/service-desk.ts'

const TEXT_NO_ANSWER = '这个问题我暂时没有可靠的答案，已经为您记录，稍后由人工客服答复您。'

export function createPlainDesk(): ServiceDesk {
  return {
    consider: async () => ({ kind: 'ask' }),
    restate: () => undefined,
    screen: () => true,
    async conclude({ verdict, reason }) {
      if (verdict === 'answered') return { kind: 'send' }
      const content = verdict === 'failed' ? apologyFor(reason) : ({ type: 'text', text: TEXT_NO_ANSWER } as const)
      return { kind: 'say', contents: [content] }
    },
    handOver: async () => ({ kind: 'stays' }),
  }
}
