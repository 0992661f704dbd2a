import { describe, expect, it } from 'vitest'
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
})
