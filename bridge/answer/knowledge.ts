/**
 * The answerer that needs no model: it says the best passage of the knowledge as it stands, when it is sure enough that this is what was
 * asked, and else nothing. A wrong answer is worse than none.
 */
import { type Answerer, type Question, SURE_ENOUGH } from './answerer.ts'

/** Longer ones are no courtesies, and cost nothing. */
const MAX_CHARS = 24
const AGREED = '好的?|好[滴哒嘞呀吧]|好好|行|可以|嗯|哦|噢|ok|okay|知道|明白|了解|收到|懂|清楚'

/** Nobody is handed over to a person for a greeting, a thank-you or a nod. What is compared has no punctuation and no smileys left. */
const COURTESIES: readonly [RegExp, string][] = [
  [
    /^(你好|您好|hi|hello|嗨|哈[喽啰]|在吗|在么|在不在|有人吗|早上?好?|上午好|中午好|下午好|晚上好|亲)(啊|呀|呢|吗)?$/i,
    '您好，请问有什么可以帮您？',
  ],
  [
    new RegExp(`^((${AGREED})(了|啦|的)?)*(谢谢?|多谢|感谢|谢了|thanks?|thank you)(你|您|啦|了|哈|亲)*$`, 'i'),
    '不客气。还有什么可以帮您？',
  ],
  [new RegExp(`^((${AGREED})(了|啦|的|哈)?)+$`, 'i'), '好的，有需要随时联系我们。'],
  [/^(再见|拜拜|bye)(啦|了)?$/i, '再见，欢迎随时联系我们。'],
  [
    /^(请问)?(你|您|你们|这)(到底)?是(不是)?(一?个)?(机器人|ai|智能客服|自动回复|谁)(还是.{1,4})?(吗|么|吧|啊|呀)?$/i,
    '我是智能客服，根据已有的资料回答您；需要人工服务时，请直接告诉我。',
  ],
  [/^$/, '请问有什么可以帮您？'],
]

/** The app's own smileys come as these words. */
const SMILEYS =
  /\[(微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂|疑问|嘘|晕|衰|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|吃瓜|加油|汗|天啊|Emm|社会社会|旺柴|好的|打脸|哇|翻白眼|666|让我看看|叹气|苦涩|裂开|嘴唇|爱心|心碎|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|OK|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|太阳|月亮|礼物|红包|發|福|庆祝)\]/gi

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
  const plain = said
    .join('')
    .replace(SMILEYS, '')
    .replace(/[\p{P}\p{S}\p{Cf}\p{Mn}\s]/gu, '')
  if (plain.length > MAX_CHARS || said.every((text) => text.trim() === '')) return undefined
  return COURTESIES.find(([pattern]) => pattern.test(plain))?.[1]
}
