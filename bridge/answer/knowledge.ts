/**
 * The answerer that needs no model: it says the best passage of the knowledge as it stands, when it is sure enough that this is what was
 * asked, and else nothing. A wrong answer is worse than none.
 */
import { type Answerer, type Question, SURE_ENOUGH } from './answerer.ts'

/** Nobody is handed over to a person for a greeting. */
const COURTESIES: readonly [RegExp, string][] = [
  [
    /^(你好|您好|hi|hello|嗨|哈[喽啰]|在吗|在么|在不在|有人吗|早上?好?|上午好|中午好|下午好|晚上好|亲)(啊|呀|呢|吗)?$/i,
    '您好，请问有什么可以帮您？',
  ],
  [/^(谢谢?|多谢|感谢|谢了|thanks?|thank you)(你|您|啦|了|哈|亲)*$/i, '不客气。还有什么可以帮您？'],
  [/^(再见|拜拜|bye)(啦|了)?$/i, '再见，欢迎随时联系我们。'],
]

export function createKnowledgeAnswerer(): Answerer {
  return {
    name: 'knowledge',
    async *answer(question) {
      const [best] = question.knowledge?.passages ?? []
      const courtesy = toCourtesy(question)
      if (courtesy !== undefined) {
        yield { kind: 'text', text: courtesy }
        yield { kind: 'sources', ids: [] }
        yield { kind: 'verdict', verdict: 'answered' }
      } else if (best !== undefined && (best.confidence ?? 0) >= SURE_ENOUGH) {
        yield { kind: 'text', text: best.text }
        yield { kind: 'sources', ids: [best.id] }
        yield { kind: 'verdict', verdict: 'answered' }
      } else yield { kind: 'verdict', verdict: 'no_answer' }
    },
  }
}

function toCourtesy({ turns }: Question): string | undefined {
  const said = turns.slice(turns.findLastIndex(({ role }) => role !== 'customer') + 1).map(({ text }) => text)
  const plain = said.join('').replace(/[\p{P}\p{S}\s]/gu, '')
  return COURTESIES.find(([pattern]) => pattern.test(plain))?.[1]
}
