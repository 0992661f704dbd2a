import { MAX_TEXT_BYTES, splitReply } from './split-reply.ts'
import { toWechatText } from './to-wechat-text.ts'

/** Markdown as at most `maxParts` messages that WeChat takes. */
export function toWechatParts(markdown: string, maxParts: number): string[] {
  return splitReply(toWechatText(markdown), { maxBytes: MAX_TEXT_BYTES, maxParts })
}
