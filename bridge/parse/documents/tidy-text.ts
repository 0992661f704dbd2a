import { cleanText } from '../../../shared/clean-text.ts'

/** Text as it is shown: nothing invisible, no trailing blanks, at most one empty line at a time, cut at the limit. */
export function tidyText(text: string, maxChars: number): { text: string; isCut: boolean } {
  // Twice as much is enough to fill the limit; the rest is not looked through.
  const tidy = cleanText(text.slice(0, maxChars * 2))
    .replace(/\r\n?/g, '\n')
    .replace(/[\u2028\u2029]/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  const isCut = tidy.length > maxChars || text.length > maxChars * 2
  return { text: tidy.slice(0, maxChars).replace(halfPair, ''), isCut }
}

/** One short line. */
export function tidyLine(text: string, maxChars = 120): string {
  return cleanText(text.slice(0, maxChars * 4))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxChars)
    .replace(halfPair, '')
}

const halfPair = /[\ud800-\udbff]$/
