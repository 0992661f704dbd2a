/** A reply writer with the guards of one account and one question. */
import { createLinkGuard } from './guard-links.ts'
import { createSecretGuard } from './guard-secret.ts'
import { SYSTEM_PROMPT, toSystemPrompt } from './system-prompt.ts'
import { createReplyWriter, type ReplyWriter, type ReplyWriterOptions } from './write-reply.ts'

export interface WriterOptions extends Pick<ReplyWriterOptions, 'maxParts' | 'mayGiveOut' | 'screen' | 'before'> {
  /** Whose links may be repeated: passages, and what the customer wrote. */
  knownTexts: readonly string[]
  /** Whose links the operator allows. */
  links: readonly string[]
  persona: string
}

const givesAwayPrompt = createSecretGuard([SYSTEM_PROMPT, toSystemPrompt({ hasKnowledge: true })])

export function createWriter({ knownTexts, links, persona, ...options }: WriterOptions): ReplyWriter {
  const givesAwayPersona = createSecretGuard([persona])
  return createReplyWriter({
    ...options,
    guardLinks: createLinkGuard({ texts: knownTexts, allowed: links }),
    givesAway: (text) => givesAwayPrompt(text) || givesAwayPersona(text),
  })
}
