/** When a person takes over, who that is, and what the customer is told. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

const words = z.array(z.string().min(1).max(40)).max(200)

export const handoverSettings = z.object({
  enabled: z.boolean().default(true).describe('是否转人工 / whether people take over at all'),
  words: words
    .default([
      '人工',
      '真人',
      '活人',
      '找客服',
      '转客服',
      '转接客服',
      '客服人员',
      '找个人',
      '投诉',
      'human',
      'real person',
      'live agent',
      'operator',
    ])
    .describe('客户说这些就转人工 / words that ask for a person'),
  notWords: words
    .default([
      '人工智能',
      '人工费',
      '人工成本',
      '人工合成',
      '人工呼吸',
      '人工草',
      '人工湖',
      '人工降雨',
      '人工授精',
      '纯人工',
      'human being',
      'human hair',
      '垃圾袋',
      '垃圾桶',
      '垃圾箱',
      '垃圾分类',
      '垃圾处理',
    ])
    .describe('含这些词不算要求人工，也不算不满 / words that only look like it, or like a complaint'),
  onNoAnswer: z.boolean().default(true).describe('没有可靠答案时转人工 / when there is no reliable answer'),
  onOutage: z.boolean().default(true).describe('模型不可用时转人工 / when no model answers'),
  dissatisfiedAfter: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('客户连续表示不满几次后转人工，0 为不转 / after so many complaints about answers; 0: never'),
  dissatisfiedWords: words
    .default([
      '没用',
      '答非所问',
      '听不懂',
      '不是这个意思',
      '没解决',
      '没有解决',
      '还是不行',
      '不满意',
      '太差',
      '垃圾',
      '什么破',
      '废话',
      '智障',
      'useless',
      'not helpful',
      'wrong answer',
    ])
    .describe('表示不满的词 / words of complaint'),
  staleAfterMinutes: z
    .int()
    .min(0)
    .max(2880)
    .default(60)
    .describe('来信超过这么久才轮到回答时转人工，0 为不转 / when a message has waited so long; 0: never'),
  to: z
    .enum(['round-robin', 'least-recent', 'named', 'pool'])
    .default('round-robin')
    .describe('转给谁：轮流、最久未接待者、指定人员、待接入池 / who is chosen'),
  named: z
    .array(z.string().min(1).max(64))
    .max(100)
    .default([])
    .describe('指定人员的 userid，按顺序 / the userids, in order'),
  absent: z
    .enum(['message', 'pool'])
    .default('message')
    .describe('无人在岗时：留言，或进待接入池 / when nobody is on duty: take a message, or use the pool'),
  summary: z
    .boolean()
    .default(true)
    .describe(
      '转接时在会话里附上问题与已答复内容的摘要，接待人员可见，客户也可见 / a summary in the session, which both sides see',
    ),
  textGiven: customerText.default('已为您转接人工客服，请稍候。').describe('已转给接待人员 / given to a person'),
  textPool: customerText.default('正在为您转接人工客服，请稍候。').describe('已进待接入池 / in the pool'),
  textPoolAhead: customerText
    .default('正在为您转接人工客服，前面还有 {ahead} 位，请稍候。')
    .describe('前面有人排队，{ahead} 为人数 / in the pool behind others'),
  textTaken: customerText
    .default('人工客服已接入，请继续描述您的问题。')
    .describe('接待人员已从池中接入 / taken from the pool'),
  textClosed: customerText
    .default('现在不是人工服务时间（{hours}）。您的留言已记录，我们上班后会尽快联系您；您也可以继续问我。')
    .describe('非工作时间，{hours} 为工作时间 / outside the hours'),
  textNobody: customerText
    .default('人工客服暂时不在，您的留言已记录，我们会尽快联系您；您也可以继续问我。')
    .describe('无人可接 / nobody is there'),
  textNoAnswer: customerText
    .default('这个问题我暂时没有可靠的答案，已经为您记录，同事会尽快答复您。')
    .describe('没有可靠答案、也无人可接 / no reliable answer, and nobody is there'),
  textUnreadable: customerText
    .default('您发来的内容我暂时打不开，已经为您记录，同事会尽快查看；方便的话，请改发文字告诉我。')
    .describe('语音、文件等打不开、也无人可接 / a voice or a file that can not be opened, and nobody is there'),
  textOutage: customerText
    .default('抱歉，系统暂时繁忙，没能回答您的问题。您的消息已经记录，请稍后再试，或等待同事联系您。')
    .describe('模型不可用、也无人可接 / no model answers, and nobody is there'),
})
