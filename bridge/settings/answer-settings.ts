/** Who answers for an account, and how. */
import { z } from 'zod'

export const answerSettings = z.object({
  persona: z
    .string()
    .max(4000)
    .default('')
    .describe('客服的身份与语气，加在系统提示之后 / who the bot is and how it speaks, added to the system prompt'),
})
