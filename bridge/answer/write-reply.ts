/**
 * Turns a stream of a model's words into the messages of a reply. While it is being written, its beginning may be given out as soon as that
 * is a whole thought and something follows; whatever is given out is fixed. Everything is checked before, with all that is known to follow:
 * `NO_ANSWER` never leaves, nor half of it, nor what the model was told, nor what `screen` forbids.
 */
import { cleanText } from '../../shared/clean-text.ts'
import { findWholeThought } from './find-whole-thought.ts'
import { MAX_TEXT_BYTES, splitReply } from './split-reply.ts'
import { afterThinking } from './strip-hidden-thinking.ts'
import { SERVICER_MARK } from './to-chat-messages.ts'
import { toWechatText } from './to-wechat-text.ts'

export interface ReplyWriterOptions {
  /** Messages in all. */
  maxParts: number
  /** Asked before each early piece: false as long as everything should wait for the end. */
  mayGiveOut: () => boolean
  /** False: this text, the whole of it so far, must not go out. */
  screen: (text: string) => boolean
  guardLinks: (text: string) => { text: string; omitted: number }
  givesAway: (text: string) => boolean
  /** Of this answer, what has been given out already. */
  before?: string
}

export type WrittenReply =
  | { verdict: 'answered'; texts: string[] }
  /** What was not given out is dropped. `reason` is a constant name. */
  | { verdict: 'no_answer'; reason: 'no_answer' | 'secret' | 'screened' }
  /** Nothing to see. */
  | { verdict: 'blank' }

export interface ReplyWriter {
  /** The messages that can go out now; mostly none. */
  push(text: string): string[]
  /** All of it was said: what is left to go out. */
  end(): WrittenReply
  /** All of it as the customer may see it, once it has ended; before, as it came. */
  text(): string
  omittedLinks(): number
}

const FIRST = { minChars: 150, restChars: 120 }
const NEXT = { minChars: 400, restChars: 150 }
/** However it is written; `no answer` in a sentence is English. */
const noAnswer = /(?<![a-z])no[_-]+answer/i
const spelledNoAnswer = /(?<![A-Z])NO[^\p{L}\p{N}]{0,4}ANSWER/u
/** All of it, or cut off in the middle. */
const onlyNoAnswer = /^\W*NO(?:[_-](?:A(?:N(?:S(?:W(?:E(?:R)?)?)?)?)?)?|\s+ANSWER)\W*$/i

export function createReplyWriter(options: ReplyWriterOptions): ReplyWriter {
  let raw = ''
  let cutAt = 0
  const { before = '' } = options
  let given = before
  let parts = 0
  let omitted = 0
  let isEnded = false
  let stopped: 'no_answer' | 'secret' | 'screened' | undefined

  const toText = (markdown: string): string => {
    // The mark of a person's words: a model must not pass for one.
    const guarded = options.guardLinks(toWechatText(markdown).replaceAll(SERVICER_MARK, ''))
    omitted += guarded.omitted
    return guarded.text
  }

  /** Of a model whose thinking was opened unseen, by its template, only the end can be seen: all before it was thinking. */
  const dropThinking = (): void => {
    const { length } = raw
    raw = afterThinking(raw)
    cutAt = Math.max(0, cutAt - (length - raw.length))
  }

  const check = (): boolean => {
    if (stopped === undefined && saysNoAnswer(raw)) stopped = 'no_answer'
    if (stopped === undefined && options.givesAway(before + raw)) stopped = 'secret'
    return stopped === undefined
  }

  /** The messages of this piece; none when it must not go out. */
  const giveOut = (markdown: string, most: number): string[] => {
    const text = toText(markdown)
    const shown = given === '' ? text : `${given}\n${text}`
    // Once more as it will be seen: markup between the letters has hidden them until here.
    if (saysNoAnswer(text)) stopped = 'no_answer'
    else if (options.givesAway(shown)) stopped = 'secret'
    else if (!options.screen(shown)) stopped = 'screened'
    if (stopped !== undefined) return []
    given = shown
    const texts = splitReply(text, { maxBytes: MAX_TEXT_BYTES, maxParts: Math.max(1, most) })
    parts += texts.length
    return texts
  }

  return {
    push(text) {
      raw += text
      dropThinking()
      // The last one is for whatever is left at the end.
      const places = options.maxParts - parts - 1
      const wanted = parts === 0 ? FIRST : NEXT
      if (stopped !== undefined || places < 1 || raw.length - cutAt < wanted.minChars + wanted.restChars) return []
      if (!options.mayGiveOut()) return []
      const cut = findWholeThought(raw.slice(cutAt), wanted)
      if (cut === undefined || !check()) return []
      const piece = raw.slice(cutAt, cutAt + cut)
      const texts = giveOut(piece, places)
      if (stopped === undefined) cutAt += cut
      return texts
    },
    end() {
      if (onlyNoAnswer.test(raw)) stopped ??= 'no_answer'
      if (!check()) return { verdict: 'no_answer', reason: stopped ?? 'no_answer' }
      const texts = giveOut(raw.slice(cutAt), options.maxParts - parts)
      if (stopped !== undefined) return { verdict: 'no_answer', reason: stopped }
      isEnded = true
      return parts === 0 && before === '' ? { verdict: 'blank' } : { verdict: 'answered', texts }
    },
    text: () => (isEnded ? given : raw),
    omittedLinks: () => omitted,
  }
}

function saysNoAnswer(text: string): boolean {
  const plain = cleanText(text.normalize('NFKC'))
  return noAnswer.test(plain) || spelledNoAnswer.test(plain)
}
