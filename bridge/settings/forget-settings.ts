/** A customer who wants to be forgotten. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

export const forgetSettings = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('客户可要求删除自己的数据 / whether customers may have their data erased'),
  words: z
    .array(z.string().min(2).max(40))
    .max(50)
    .default(['忘记我', '删除我的数据', '删除我的信息', '删除聊天记录', 'forget me', 'delete my data'])
    .describe('整条消息恰为其一时删除 / a message that is exactly one of these'),
  textDone: customerText
    .default('已删除我们保存的您的对话内容与资料。微信与企业微信中的聊天记录由各自平台保存，不在此列。')
    .describe('删除后的答复 / what is said when it is done'),
})
