import { z } from 'zod'

/** The platform takes 2048 bytes of UTF-8; what is left is for a nickname, or a summary. */
const MAX_BYTES = 1500

/** What a customer may be told in one text. */
export const customerText = z
  .string()
  .refine(
    (text) => new TextEncoder().encode(text).length <= MAX_BYTES,
    `has at most ${MAX_BYTES} bytes / 最多 ${MAX_BYTES} 字节（约 500 个汉字）`,
  )
