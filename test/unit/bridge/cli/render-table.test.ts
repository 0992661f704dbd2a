import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../../../bridge/cli/display-width.ts'
import { renderTable } from '../../../../bridge/cli/render-table.ts'

describe('renderTable', () => {
  it('aligns columns where Chinese, emoji and Latin letters mix', () => {
    const table = renderTable(
      ['编号', 'X', '原因'],
      [
        ['abcdef', '1', 'no'],
        ['👍🏽', '22', '。'],
      ],
    )
    expect(table.split('\n')).toEqual(['编号    X   原因', 'abcdef  1   no', '👍🏽      22  。'])
  })

  it('keeps a cell in its line, and what could steer a terminal out of it', () => {
    const table = renderTable(['a'], [['one\ntwo'], ['\u001b[31mred\u009b1m\u202e']])
    expect(table).toBe('a\none two\n\ufffd[31mred\ufffd1m\ufffd')
  })

  describe('on a terminal that is too narrow', () => {
    const head = ['OPEN_KFID', '说明']
    const id = 'wkzzzNsH9TZCvELV2061ZwFlO1kvf056'
    const rows = [
      [id, '只对这个客服账号；不写则对所有账号'],
      ['wk1', '短'],
    ]

    it('goes on below in the same column, and keeps ids whole', () => {
      expect(renderTable(head, rows, { columns: 60 }).split('\n')).toEqual([
        'OPEN_KFID                         说明',
        `${id}  只对这个客服账号；不写则`,
        `${' '.repeat(32)}  对所有账号`,
        'wk1                               短',
      ])
    })

    it.each([50, 64, 80, 120])('fits into %i columns', (columns) => {
      const lines = renderTable(head, rows, { columns }).split('\n')
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns)
    })

    it('is left to the terminal where nothing could be read any more', () => {
      expect(renderTable(head, rows, { columns: 20 })).toBe(renderTable(head, rows))
    })
  })
})
