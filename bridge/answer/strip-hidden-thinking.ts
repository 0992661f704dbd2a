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

/** `seed:think` is Doubao's open model's, `thought` Gemma's, ◁think▷ Kimi's and [THINK] Mistral's. */
const NAMES = ['think', 'thinking', 'seed:think', 'thought', 'thoughts', 'reasoning']
const named = NAMES.join('|')
const opening = new RegExp(String.raw`<(?:${named})(?:\s[^<>]{0,200})?>|◁think▷|\[THINK\]`, 'i')
const closing = new RegExp(String.raw`</(?:${named})\s{0,200}>|◁/think▷|\[/THINK\]`, 'i')
const begunTag = /[<◁[]\/?([a-z:]{0,10})(\s[^<>]{0,200})?$/i

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
      const heldFrom = findBegunTag(pending)
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
  return afterThinking(filter.push(text) + filter.end())
}

/** What follows the last closing tag of a text whose blocks are cut out already; all of it when there is none. */
export function afterThinking(text: string): string {
  return text.split(closing).at(-1) ?? ''
}

/** Where that begins at the end of `text` which may become a tag. */
function findBegunTag(text: string): number {
  const [, name = '', rest] = begunTag.exec(text) ?? []
  const at = text.search(begunTag)
  const isBegun = NAMES.some((known) =>
    rest === undefined ? known.startsWith(name.toLowerCase()) : known === name.toLowerCase(),
  )
  return at !== -1 && isBegun ? at : text.length
}
