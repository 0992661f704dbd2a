/** Whether a customer asks for a person, or complains about the answers, by lists of words. */
import type { AccountSettings } from '../settings/account-settings.ts'

type Handover = AccountSettings['handover']

/** Right before the word: 不用转人工, 别给我转人工, don't want a human. */
const NEGATION =
  /(不用|不要|不需要|不必|无需|无须|别|不想|不是要|没必要|用不着|don'?t (need|want)( an?)?|no need for( an?)?|not? an?)\s*(再|帮我|给我|为我|替我|跟|和|找|联系|转接?|接|叫|来|请)*\s*$/iu
/** Whether there are people at all is a question for the model: 你们有人工吗 is a wish all the same, 你是人工还是机器人 is none. */
const ABOUT_US = /你(们)?(不?是|算)(不是)?[^，。！？,.!?]{0,4}$/u

/** One message. Every occurrence counts for itself: 不要机器人，转人工 is a wish. */
export function wantsPerson(text: string, { words, notWords }: Pick<Handover, 'words' | 'notWords'>): boolean {
  const plain = withoutAny(text.normalize('NFKC').toLowerCase(), notWords)
  return words.some((word) => occurrences(plain, word.toLowerCase()).some((at) => isWish(plain.slice(0, at))))
}

/**
 * How many of the customer's last messages in a row, the newest first, complain; a message of a person ends the count. Only a message's first
 * line counts: what a page or a document says follows below it.
 */
export function countComplaints(
  turns: readonly { role: 'customer' | 'assistant' | 'servicer'; text: string }[],
  { dissatisfiedWords, notWords }: Pick<Handover, 'dissatisfiedWords' | 'notWords'>,
): number {
  let count = 0
  for (const { role, text } of turns.toReversed()) {
    if (role === 'servicer') break
    if (role === 'assistant') continue
    const [line = ''] = text.split('\n', 1)
    const plain = withoutAny(line.normalize('NFKC').toLowerCase(), notWords)
    if (!dissatisfiedWords.some((word) => plain.includes(word.toLowerCase()))) break
    count += 1
  }
  return count
}

function isWish(before: string): boolean {
  return !NEGATION.test(before) && !ABOUT_US.test(before)
}

function withoutAny(text: string, words: readonly string[]): string {
  return words.reduce((rest, word) => rest.replaceAll(word.toLowerCase(), ' '), text)
}

function occurrences(text: string, word: string): number[] {
  const found: number[] = []
  // A Latin word stands by itself: `human` is not in `humane`.
  const isLatin = /^[\x20-\x7e]+$/.test(word)
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const isWhole = !/[a-z]/.test(text[at - 1] ?? '') && !/[a-z]/.test(text[at + word.length] ?? '')
    if (!isLatin || isWhole) found.push(at)
  }
  return found
}
