import { describe, expect, it } from 'vitest'
import { isFaqTable, toFaqEntries } from '../../../../../bridge/knowledge/ingest/to-faq-entries.ts'

describe('toFaqEntries', () => {
  it('goes by the heads, wherever the columns are', () => {
    const rows = [
      ['分类', '答案', '问题', '相似问法1', '相似问法2', '附件'],
      ['售后', '七天内', '怎么退货', '能退吗|想退', '不要了', 'a.png;b.pdf'],
    ]
    expect(isFaqTable(rows)).toBe(true)
    expect(toFaqEntries(rows)).toEqual([
      {
        question: '怎么退货',
        similar: ['能退吗', '想退', '不要了'],
        answer: '七天内',
        attachments: ['a.png', 'b.pdf'],
      },
    ])
  })

  it('finds heads below a title', () => {
    expect(toFaqEntries([['常见问题'], ['Question', 'Answer'], ['Q1', 'A1']])).toMatchObject([
      { question: 'Q1', answer: 'A1' },
    ])
  })

  it('without heads takes the first column to ask and the last to answer', () => {
    const rows = [['怎么退货', '能退吗', '七天内']]
    expect(isFaqTable(rows)).toBe(false)
    expect(toFaqEntries(rows)).toMatchObject([{ question: '怎么退货', similar: ['能退吗'], answer: '七天内' }])
  })

  it('leaves out rows that lack half, and joins rows with one question', () => {
    const rows = [
      ['问题', '相似问', '答案'],
      ['怎么退货', '', ''],
      ['', '', '七天内'],
      ['怎么换货', '换码', '旧'],
      ['怎么换货', '换色', '新'],
    ]
    expect(toFaqEntries(rows)).toEqual([
      { question: '怎么换货', similar: ['换码', '换色'], answer: '新', attachments: [] },
    ])
  })

  it('takes a cell of JSON for one attachment, whatever is in it', () => {
    const card = '{"type":"link","url":"https://a.example/?a=1;b=2"}'
    expect(
      toFaqEntries([
        ['问题', '答案', '附件'],
        ['问', '答', card],
      ])[0]?.attachments,
    ).toEqual([card])
  })
})
