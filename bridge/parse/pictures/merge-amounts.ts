/**
 * The Chinese model takes ¥ together with the digit after it for one character, so that ¥199.40 comes out as 对99.40. The Latin model knows
 * ¥ and digits, and no Chinese. So amounts are taken from it, and put in the place where they stand in the picture.
 */
export interface RecognizedMark {
  text: string
  left: number
  right: number
  top: number
  bottom: number
  startsWord: boolean
}

export interface RecognizedLine {
  top: number
  bottom: number
  marks: readonly RecognizedMark[]
}

const AMOUNT = /[-−]?[¥￥]\d[\d,]*(?:\.\d+)?/g
const SIGN = /[¥￥]/
const HAN = /\p{Script=Han}/u

/** The lines as text, from the top. */
export function mergeAmounts(han: readonly RecognizedLine[], latin: readonly RecognizedLine[]): string {
  const amounts = latin.flatMap(findAmounts)
  return han
    .map((line) => {
      const marks = [...line.marks]
      for (const amount of amounts.filter((it) => isIn(it, line))) putAmount(marks, amount)
      return toText(marks)
    })
    .join('\n')
}

interface Amount extends Omit<RecognizedMark, 'text' | 'startsWord'> {
  marks: readonly RecognizedMark[]
}

function findAmounts({ marks }: RecognizedLine): Amount[] {
  // One mark may be several letters, and words stand apart.
  const letters = marks.flatMap((mark) => [
    ...(mark.startsWord ? [{ letter: ' ', mark }] : []),
    ...Array.from(mark.text, (letter) => ({ letter, mark })),
  ])
  const text = letters.map(({ letter }) => letter).join('')
  return [...text.matchAll(AMOUNT)].map(({ 0: found, index }) => toAmount(letters.slice(index, index + found.length)))
}

function toAmount(letters: readonly { letter: string; mark: RecognizedMark }[]): Amount {
  const marks = letters.map(({ letter, mark }) => ({ ...mark, text: letter }))
  return { marks, ...edges(marks) }
}

function edges(marks: readonly RecognizedMark[]) {
  return {
    left: Math.min(...marks.map(({ left }) => left)),
    right: Math.max(...marks.map(({ right }) => right)),
    top: Math.min(...marks.map(({ top }) => top)),
    bottom: Math.max(...marks.map(({ bottom }) => bottom)),
  }
}

function isIn({ top, bottom }: Amount, line: RecognizedLine): boolean {
  const middle = (top + bottom) / 2
  return middle >= line.top && middle <= line.bottom
}

/** Takes the place of what the Chinese model saw there. */
function putAmount(marks: RecognizedMark[], amount: Amount): void {
  const replaced = marks.flatMap((mark, index) => (isPartOf(amount, mark) ? [index] : []))
  const own = replaced.map((index) => marks[index]?.text ?? '').join('')
  const next = marks.findIndex((mark) => mark.left >= amount.right)
  const at = replaced[0] ?? (next === -1 ? marks.length : next)
  marks.splice(at, replaced.length, { ...amount, text: agree(amount, own), startsWord: true })
}

/**
 * A Chinese character there is what was made of ¥, then it has its very place, or of the first digit. Any other is one that stands before the
 * amount and was given a wrong place, or 元 after it.
 */
function isPartOf(amount: Amount, mark: RecognizedMark): boolean {
  if (!HAN.test(mark.text)) return covers(amount, mark) || (mark.left > amount.left && mark.left < amount.right - 1)
  const at = amount.marks.findIndex(({ text }) => SIGN.test(text))
  const [sign, digit] = amount.marks.slice(at)
  const hasPlaceOf = (other: RecognizedMark | undefined) =>
    other !== undefined && Math.abs(other.left - mark.left) <= 1 && Math.abs(other.right - mark.right) <= 1
  return hasPlaceOf(sign) || (digit !== undefined && mark.left < digit.right && covers(mark, digit))
}

/**
 * 88.5元 is 88.57 to the Latin model: where a number begins it knows better, and the Chinese one where it ends. So of what comes after the
 * point, the shorter one is taken.
 */
function agree({ marks }: Amount, own: string): string {
  const [whole = '', decimals] = marks
    .map((mark) => mark.text)
    .join('')
    .split('.')
  const ownDecimals = /\.(\d+)$/.exec(own)?.[1] ?? decimals ?? ''
  if (decimals === undefined) return whole
  return `${whole}.${decimals.startsWith(ownDecimals) ? ownDecimals : decimals}`
}

/** Most of `mark` is within `area`. */
function covers(area: Pick<RecognizedMark, 'left' | 'right'>, { left, right }: Pick<RecognizedMark, 'left' | 'right'>) {
  return Math.min(area.right, right) - Math.max(area.left, left) > (right - left) / 2
}

function toText(marks: readonly RecognizedMark[]): string {
  return marks.map(({ text, startsWord }, index) => (startsWord && index > 0 ? ` ${text}` : text)).join('')
}
