/** Pictures of the customer's last messages, put after the text of the last message. Source: https://api-docs.deepseek.com/guides/vision */
import type OpenAI from 'openai'
import type { PromptMessage } from './to-prompt.ts'

/** A body may hold 48 MiB at DeepSeek and less elsewhere; ours are shrunk long before. */
const MAX_IMAGES = 6
const MAX_CHARS = 12_000_000
const imageUrl = /^data:image\/(?:jpeg|png|gif|webp);base64,[A-Za-z0-9+/=]+$/

/** `images` are `data:` URLs, oldest first; the newest are kept when there are too many. Anything else than a picture is left out. */
export function withImages(
  messages: readonly PromptMessage[],
  images: readonly string[] = [],
): OpenAI.ChatCompletionMessageParam[] {
  const kept: string[] = []
  let left = MAX_CHARS
  for (const url of images.toReversed()) {
    if (!imageUrl.test(url) || kept.length >= MAX_IMAGES || url.length > left) continue
    left -= url.length
    kept.unshift(url)
  }
  const last = messages.at(-1)
  if (kept.length === 0 || last?.role !== 'user') return [...messages]
  const parts = kept.map((url) => ({ type: 'image_url' as const, image_url: { url } }))
  return [...messages.slice(0, -1), { role: 'user', content: [{ type: 'text', text: last.content }, ...parts] }]
}
