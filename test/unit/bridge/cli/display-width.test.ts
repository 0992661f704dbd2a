import { describe, expect, it } from 'vitest'
import { displayWidth, wrapText } from '../../../../bridge/cli/display-width.ts'

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['客户', 4],
    ['（a）', 5],
    ['👍', 2],
  ])('of %s is %i', (text, width) => expect(displayWidth(text)).toBe(width))
})

describe('wrapText', () => {
  const TEXT = '平台拒绝：40201 内容触发反垃圾策略，npm run kefu -- parked list 查看。'

  it.each([20, 33, 80])('fits %i columns and loses nothing', (columns) => {
    const lines = wrapText(TEXT, columns)
    for (const line of lines) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns + 2)
      expect(line).not.toMatch(/^[，。：]/)
    }
    expect(lines.join('').replaceAll(' ', '')).toBe(TEXT.replaceAll(' ', ''))
  })

  it('breaks a word that is longer than a line', () => {
    expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  })

  it('leaves short text alone', () => {
    expect(wrapText('短', 10)).toEqual(['短'])
  })
})
