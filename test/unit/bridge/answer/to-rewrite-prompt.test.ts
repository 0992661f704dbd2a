import { describe, expect, it } from 'vitest'
import { parseRewritten, toRewritePrompt } from '../../../../bridge/answer/to-rewrite-prompt.ts'

describe('toRewritePrompt', () => {
  it('gives the conversation as data between marks that nobody can guess', () => {
    const turns = [
      { role: 'customer', text: '买了一件大衣' },
      { role: 'assistant', text: '好的' },
      { role: 'customer', text: '不想要了\u200b' },
    ] as const
    const [system, user] = toRewritePrompt(turns)
    expect(system?.content).not.toContain('大衣')
    const content = String(user?.content)
    const [mark = ''] = content.split('\n')
    expect(mark).toMatch(/^[0-9a-f]{16}$/)
    expect(content).toContain(`${mark}\n客户：买了一件大衣\n客服：好的\n客户：不想要了\n${mark}`)
    expect(toRewritePrompt(turns)[1]?.content).not.toContain(mark)
  })

  it('takes the last turns only, and the beginning of long ones', () => {
    const turns = Array.from({ length: 50 }, (_, no) => ({ role: 'customer', text: `${no}。`.repeat(2000) }) as const)
    const content = String(toRewritePrompt(turns)[1]?.content)
    expect(content.length).toBeLessThan(2500)
    expect(content).toContain('49。')
  })
})

describe('parseRewritten', () => {
  it('takes up to three lines without their numbers', () => {
    expect(parseRewritten('1. 如何退货？\n- 退货流程\n\n3、退款多久\n4. 多余')).toEqual([
      '如何退货？',
      '退货流程',
      '退款多久',
    ])
  })

  it('leaves out what is no question to search for', () => {
    expect(parseRewritten(`${'长'.repeat(200)}\n   \n`)).toEqual([])
  })
})
