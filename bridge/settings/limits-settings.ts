/** What one customer, and all of an account, may cost. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

export const limitsSettings = z.object({
  perCustomerPerMinute: z
    .int()
    .min(0)
    .max(1000)
    .default(30)
    .describe('每位客户每分钟最多几条消息，0 为不限 / messages of a customer in a minute; 0: any'),
  perAccountPerMinute: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe('整个账号每分钟最多几次回答，0 为不限 / answers of an account in a minute; 0: any'),
  textTooFast: customerText
    .default('您的消息发得太快了，请稍等一会儿再试。')
    .describe('超过频率时说一次 / said once to whoever is too fast'),
  textBusy: customerText
    .default('当前咨询人数较多，请稍后再试。')
    .describe('账号超过频率时说一次 / said once when the account is too busy'),
  repeats: z
    .int()
    .min(0)
    .max(100)
    .default(4)
    .describe(
      '同样的话十分钟内第几次起不再回答，0 为不限 / the same words for the how manieth time in ten minutes are no longer answered; 0: any',
    ),
  textRepeated: customerText
    .default('这个问题您刚刚问过，请参考前面的回答；需要人工服务时，请发送“人工”。')
    .describe('重复时说一次 / said once to whoever repeats'),
  maxChars: z
    .int()
    .min(0)
    .max(20_000)
    .default(4000)
    .describe('一条文字消息最多几个字，0 为不限 / characters of one text; 0: any'),
  textTooLong: customerText
    .default('您的消息太长了，请分几次发送，或简要描述您的问题。')
    .describe('过长时的回复 / said to whoever writes too much'),
  dailySpend: z
    .number()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe(
      '每天模型花费上限（元），80% 时告警，超过后由知识库回答，0 为不限 / a day’s money for models; a warning at 80 %, then the knowledge base answers; 0: any',
    ),
  blocked: z
    .array(z.string().min(1).max(64))
    .max(1000)
    .default([])
    .describe('不予回答的客户 external_userid / customers who get no answer'),
})
