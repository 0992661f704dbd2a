/** How a session ends, and what the customer thinks of it. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

const option = z.strictObject({
  label: z.string().min(1).max(40),
  score: z.int().min(0).max(10),
})

export const sessionSettings = z.object({
  survey: z.boolean().default(true).describe('会话结束时请客户评价 / whether customers are asked at the end'),
  surveyText: customerText.default('本次服务已结束，您对这次服务满意吗？').describe('评价菜单的提示 / the question'),
  surveyOptions: z
    .array(option)
    .min(2)
    .max(10)
    .default([
      { label: '满意', score: 3 },
      { label: '一般', score: 2 },
      { label: '不满意', score: 1 },
    ])
    .describe('评价选项与分值 / the choices with their scores'),
  surveyThanks: customerText.default('感谢您的评价！').describe('评价后的答谢 / thanks for it'),
  endedText: customerText
    .default('本次人工服务已结束。如还有问题，请直接发送，我会继续为您解答。')
    .describe('不请评价时的结束语，空为不发 / what is said without a survey; empty: nothing'),
  idleMinutes: z
    .int()
    .min(0)
    .max(2820)
    .default(0)
    .describe('客户静默多久后由机器人结束会话，0 为不结束 / silence after which the bot ends a session; 0: never'),
  idleWarnMinutes: z.int().min(1).max(600).default(5).describe('结束前多久提醒 / how long before it warns'),
  idleWarnText: customerText
    .default('您好，请问还有其他问题吗？若没有新的消息，本次会话将稍后结束。')
    .describe('结束前的提醒，占用一条回复额度 / the warning, at the cost of one message'),
})
