/**
 * What a stranger's page or file says, set apart from what the customer says: under a head of ours, each line behind a mark, so that no line
 * of it can be taken for one of ours or the customer's.
 */
import { limitText } from './read-fields.ts'

export interface Quotation {
  /** E.g. 网页. */
  what: string
  /** What it calls itself. */
  title: string
  /** Said in the head after the title: where it is from, how much there is. */
  notes: readonly string[]
  text: string
  maxChars: number
}

const QUOTE_MARK = '> '

export function quoteContent({ what, title, notes, text, maxChars }: Quotation): string {
  const isCut = text.length > maxChars
  const all = isCut ? [...notes, `以下是前 ${maxChars} 个字`] : notes
  const head = `【${what}】${withoutMarks(title)}${all.length === 0 ? '' : `（${all.map(withoutMarks).join('；')}）`}`
  const lines = withoutMarks(limitText(text, maxChars)).split('\n')
  return [head, ...lines.map((line) => QUOTE_MARK + line), `【${what}完】`].join('\n')
}

/** The brackets of our heads stand for nothing else; words within them stay. */
export function withoutMarks(text: string): string {
  return text.replaceAll('【', '[').replaceAll('】', ']')
}
