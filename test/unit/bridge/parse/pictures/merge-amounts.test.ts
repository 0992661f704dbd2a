import { describe, expect, it } from 'vitest'
import { mergeAmounts, type RecognizedLine } from '../../../../../bridge/parse/pictures/merge-amounts.ts'
import { tidyRecognized } from '../../../../../bridge/parse/pictures/tidy-recognized.ts'

/** A line whose marks are as wide as is said, one after the other; a space begins a word. */
function line(marks: readonly (readonly [text: string, width: number])[], top = 0): RecognizedLine {
  let left = 0
  let startsWord = true
  const placed = []
  for (const [text, width] of marks) {
    if (text === ' ') startsWord = true
    else {
      placed.push({ text, left, right: left + width, top, bottom: top + 20, startsWord })
      startsWord = false
    }
    left += width
  }
  return { top, bottom: top + 20, marks: placed }
}

const each = (text: string, width: number) => Array.from(text, (letter) => [letter, width] as const)

describe('mergeAmounts', () => {
  it('puts an amount in the place of what the Chinese model made of it', () => {
    const han = line([...each('运费', 20), [' ', 10], ['对', 20], ...each('99.40', 10), [' ', 10], ...each('x1', 10)])
    const latin = line([['iz', 40], [' ', 10], ...each('¥199.40', 10), [' ', 10], ...each('x1', 10)])
    expect(mergeAmounts([han], [latin])).toBe('运费 ¥199.40 x1')
  })

  it('adds one that the Chinese model left out', () => {
    const han = line([...each('实付', 20), [' ', 100], ...each('已付', 20)])
    const latin = line([[' ', 60], ...each('¥29.90', 10)])
    expect(mergeAmounts([han], [latin])).toBe('实付 ¥29.90 已付')
  })

  it('leaves 元 what it is', () => {
    const han = line([['型', 20], ...each('8.5', 10), ['元', 20]])
    const latin = line([...each('¥88.57T', 10)])
    expect(mergeAmounts([han], [latin])).toBe('¥88.5元')
  })

  it('leaves a character alone that stands before it and was given a wrong place', () => {
    const before = { text: '额', left: 61, right: 68, top: 0, bottom: 20, startsWord: false }
    const han = line([...each('金', 20), [' ', 50], ...each('88', 10)])
    const [first, ...rest] = han.marks
    const marks = first === undefined ? [] : [first, before, ...rest]
    const latin = line([[' ', 60], ...each('¥88', 10)])
    expect(mergeAmounts([{ ...han, marks }], [latin])).toBe('金额 ¥88')
  })

  it('replaces what was made of ¥ alone', () => {
    const han = line([['半', 10], ...each('88.00', 10)])
    expect(mergeAmounts([han], [line(each('¥88.00', 10))])).toBe('¥88.00')
  })

  it('takes amounts of the same line alone', () => {
    const han = [line([...each('运费', 20)], 0), line([...each('合计', 20)], 40)]
    const latin = [line([[' ', 60], ...each('¥1,288.00', 10)], 40)]
    expect(mergeAmounts(han, latin)).toBe('运费\n合计 ¥1,288.00')
  })

  it('leaves numbers without ¥ to the Chinese model', () => {
    const numbers = line([...each('2026112233', 10)])
    expect(mergeAmounts([numbers], [line([...each('2026172233', 10)])])).toBe('2026112233')
  })
})

describe('tidyRecognized', () => {
  it.each([
    ['手 机 壳 透明', '手机壳透明'],
    ['订单编号 : 8812', '订单编号：8812'],
    ['已发货 ， 预计', '已发货，预计'],
    ['键盘 ￥199.50', '键盘 ¥199.50'],
    ['运费 Y0.00', '运费 ¥0.00'],
    ['¥199.10 xl', '¥199.10 x1'],
    ['¥199.10 X1', '¥199.10 x1'],
    ['¥199.10 xX1', '¥199.10 x1'],
    ['手机壳 X12', '手机壳 x12'],
    ['T恤 XL 码', 'T恤 XL 码'],
    ['型号 Y20', '型号 Y20'],
    ['18:36:05', '18:36:05'],
    ['第一行\n\n\n第二行', '第一行\n第二行'],
  ])('%j is %j', (recognized, expected) => {
    expect(tidyRecognized(recognized)).toBe(expected)
  })
})
