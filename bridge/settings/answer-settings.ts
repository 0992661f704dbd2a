/** Who answers for an account, and how. */
import { z } from 'zod'

const answerers = ['deepseek', 'doubao', 'openai', 'dify', 'fastgpt', 'langgraph', 'knowledge'] as const

const price = z.number().min(0).max(10_000)

export const answerSettings = z.object({
  answerers: z
    .array(z.enum(answerers))
    .max(answerers.length)
    .default([])
    .describe(
      '由谁回答，前面的不可用时换下一个；空则用环境变量的设置 / who answers; the next one when one can not. Empty: as the environment says',
    ),
  persona: z
    .string()
    .max(4000)
    .default('')
    .describe('客服的身份与语气，加在系统提示之后 / who the bot is and how it speaks, added to the system prompt'),
  temperature: z.number().min(0).max(2).default(0.3).describe('模型的随机程度 / how freely the model writes'),
  maxTokens: z
    .number()
    .int()
    .min(100)
    .max(8000)
    .default(1500)
    .describe('一次回答最多多少 token / tokens of one answer, at most'),
  maxParts: z
    .number()
    .int()
    .min(1)
    .max(5)
    .default(3)
    .describe('一次回答最多分几条发 / messages of one answer, at most'),
  stream: z
    .boolean()
    .default(true)
    .describe('长回答边写边发 / the beginning of a long answer goes out while the rest is being written'),
  knowledge: z
    .array(z.string().min(1).max(64))
    .max(50)
    .default([])
    .describe('使用哪些知识库，空则全部 / the knowledge bases that answers come from; empty: all of them'),
  memoryTokens: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(4000)
    .describe(
      '记住多少之前的对话（token），更早的会被概括 / tokens of earlier conversation; what is older is summarised',
    ),
  links: z
    .array(z.string().min(3).max(300))
    .max(200)
    .default([])
    .describe(
      '回答里允许出现的网站或网址前缀；资料里的和客户自己发的总是允许 / sites, or beginnings of addresses, that answers may name beside those in the knowledge and those the customer wrote',
    ),
  prices: z
    .record(
      z.string().max(100),
      z.object({
        input: price.optional(),
        cachedInput: price.optional(),
        output: price.optional(),
        hour: price.optional(),
      }),
    )
    .default({})
    .describe(
      '模型价格，元/百万 token，语音 hour 为元/小时 / yuan per million tokens, by model; hour: yuan for an hour of speech',
    ),
})
