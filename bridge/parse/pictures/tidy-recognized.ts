/** Recognized words as people write them: the models put a space between Chinese characters, and take x1 for xl or X1. */
import { tidyText } from '../documents/tidy-text.ts'

const MAX_CHARS = 20_000

export function tidyRecognized(text: string): string {
  const tidy = text
    .replace(/[￥]/g, '¥')
    .replace(/(?<=[\p{Script=Han}，。、：；！？（）]) +(?=[\p{Script=Han}，。、：；！？（）])/gu, '')
    .replace(
      /(?<=\p{Script=Han}) *([：:，,；;]) *(?=[\p{Script=Han}\d¥A-Za-z])/gu,
      (_all, mark: string) => WIDE[mark] ?? mark,
    )
    // What the Chinese model makes of a ¥ in front of an amount whose digits it read whole.
    .replace(/(?<![A-Za-z\d])Y(?=\d[\d,]*\.\d)/g, '¥')
    // How many of it: x1, but not the sizes XL and X1 of a name.
    .replace(/(?<=[\d\s])[xX×]{1,2}i? ?[lI|](?![A-Za-z\d])/g, 'x1')
    .replace(/(?<=[\d\s])(?:[X×]|[xX×]{2}|xi) ?(?=\d{1,3}(?![\w.]))/g, 'x')
  return tidyText(tidy, MAX_CHARS).text.replace(/\n{2,}/g, '\n')
}

const WIDE: Readonly<Record<string, string>> = { ':': '：', ',': '，', ';': '；' }
