/**
 * What goes along with an answer because the passage that it rests on carries it. Who says on which passages it rests is believed; of any
 * other, a passage counts as used when a good part of it stands in the answer.
 */
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { Passage } from './knowledge-source.ts'

const MAX_ATTACHMENTS = 3
/** Of the passage's pairs of characters. */
const USED_SHARE = 0.4

export function pickAttachments(
  passages: readonly Passage[],
  answer: { text: string; sources: readonly string[] | undefined },
): ReplyContent[] {
  const carrying = passages.filter(({ attachments = [] }) => attachments.length > 0)
  const used = carrying.filter(({ id, text }) => answer.sources?.includes(id) ?? share(text, answer.text) >= USED_SHARE)
  return used.flatMap(({ attachments = [] }) => attachments).slice(0, MAX_ATTACHMENTS)
}

function share(passage: string, answer: string): number {
  const wanted = pairs(passage)
  if (wanted.size === 0) return 0
  const there = pairs(answer)
  return [...wanted].filter((pair) => there.has(pair)).length / wanted.size
}

function pairs(text: string): Set<string> {
  const letters = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)))
}
