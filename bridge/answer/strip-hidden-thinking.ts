/**
 * Cuts `<think>…</think>` out of what a model says: some hosts put its reasoning inline. A block that never closes goes to
 * the end. Works on a stream: a tag may arrive in pieces, so what could still become one is held back.
 */
export interface HiddenThinkingFilter {
  /** The part of the text so far that is certainly meant to be seen. */
  push(text: string): string
  /** What was held back and turned out to be no tag. */
  end(): string
}

const opening = /<think(?:ing)?\s*>/i
const closing = /<\/think(?:ing)?\s*>/i
const maybeTag = /<(?:\/?[a-z]{0,8}\s{0,8})?$/i

export function createHiddenThinkingFilter(): HiddenThinkingFilter {
  let pending = ''
  let isThinking = false
  return {
    push(text) {
      pending += text
      let seen = ''
      for (;;) {
        const tag = (isThinking ? closing : opening).exec(pending)
        if (tag === null) break
        if (!isThinking) seen += pending.slice(0, tag.index)
        pending = pending.slice(tag.index + tag[0].length)
        isThinking = !isThinking
      }
      const heldFrom = maybeTag.exec(pending)?.index ?? pending.length
      if (!isThinking) seen += pending.slice(0, heldFrom)
      pending = pending.slice(heldFrom)
      return seen
    },
    end() {
      const rest = isThinking ? '' : pending
      pending = ''
      return rest
    },
  }
}

/** The same for a whole text. Of one that begins in the middle of a block, what follows the closing tag is left. */
export function stripHiddenThinking(text: string): string {
  const filter = createHiddenThinkingFilter()
  const seen = filter.push(text) + filter.end()
  return seen.split(closing).at(-1) ?? ''
}
