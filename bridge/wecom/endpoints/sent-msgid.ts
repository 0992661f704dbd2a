import { z } from 'zod'

/**
 * The answer to a message that was sent. Some successes leave errcode out, but `{}` from something in between is no proof that the
 * platform has the message.
 */
export const sentMsgid = z
  .looseObject({ errcode: z.coerce.number().optional(), msgid: z.string().optional() })
  .refine(({ errcode, msgid }) => errcode === 0 || msgid !== undefined)
  .transform(({ msgid }) => msgid ?? '')
