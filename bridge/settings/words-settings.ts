/** Sensitive words: those of the file `words.txt` and those listed here. */
import { z } from 'zod'
import { customerText } from './customer-text.ts'

export const wordsSettings = z.object({
  inbound: z
    .enum(['off', 'refuse', 'hand-over'])
    .default('refuse')
    .describe('客户消息含敏感词：不管、婉拒、转人工 / when a customer uses one'),
  outbound: z
    .enum(['off', 'replace', 'refuse', 'hand-over'])
    .default('replace')
    .describe('回答含敏感词：不管、以 * 代替、不发、转人工 / when an answer has one'),
  list: z
    .array(z.string().min(1).max(64))
    .max(1000)
    .default([])
    .describe('敏感词，加在 words.txt 之外 / words beside those of words.txt'),
  textRefused: customerText
    .default('抱歉，这个话题我无法回答。请问还有其他可以帮您的吗？')
    .describe('婉拒的话 / what is said instead'),
})
