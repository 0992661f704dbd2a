import { describe, expect, it } from 'vitest'
import type { AnswerEvent, KnowledgePassage } from '../../../../bridge/answer/answerer.ts'
import { createKnowledgeAnswerer } from '../../../../bridge/answer/knowledge.ts'

const passage = (confidence: number): KnowledgePassage => ({ id: 'p', title: '怎么退货', text: '七天内。', confidence })

async function ask(text: string, passages: readonly KnowledgePassage[]): Promise<AnswerEvent[]> {
  const turns = [{ role: 'customer', text } as const]
  const question = { conversationKey: 'c', turns, knowledge: { passages } }
  return Array.fromAsync(createKnowledgeAnswerer().answer(question, new AbortController().signal))
}

describe('the answerer without a model', () => {
  it('says the best passage when it is sure, and on what it rests', async () => {
    expect(await ask('能退吗', [passage(0.5), { ...passage(0.4), id: 'q' }])).toEqual([
      { kind: 'text', text: '七天内。' },
      { kind: 'sources', ids: ['p'] },
      { kind: 'verdict', verdict: 'answered' },
    ])
  })

  it.each<[string, KnowledgePassage[]]>([
    ['is not sure', [passage(0.49)]],
    ['finds nothing', []],
    ['does not know how sure it is', [{ id: 'p', title: '', text: '七天内。' }]],
  ])('says nothing when it %s', async (_what, passages) => {
    expect(await ask('能退吗', passages)).toEqual([{ kind: 'verdict', verdict: 'no_answer' }])
  })

  it.each([
    ['你好', '您好'],
    ['您好！', '您好'],
    ['在吗？', '您好'],
    ['Hello~', '您好'],
    ['谢谢你啦', '不客气'],
    ['好的，谢谢[抱拳]', '不客气'],
    ['好的', '有需要'],
    ['嗯嗯，知道了', '有需要'],
    ['OK👌🏻', '有需要'],
    ['再见', '再见'],
    ['你是机器人吗？', '智能客服'],
    ['您是谁', '智能客服'],
    ['？？', '有什么可以帮您'],
    ['[强]', '有什么可以帮您'],
    ['👍🏻❤️', '有什么可以帮您'],
  ])('answers the courtesy %s itself, whatever the knowledge holds', async (text, words) => {
    const [said, , verdict] = await ask(text, [passage(0.9)])
    expect(said).toEqual({ kind: 'text', text: expect.stringContaining(words) })
    expect(verdict).toEqual({ kind: 'verdict', verdict: 'answered' })
  })

  it.each([
    '[空消息]',
    '[图片]（客户发来一张图片，现在还看不到内容，可以请客户用文字描述）',
    '可以退吗',
    '你是谁家的',
    '',
  ])('takes %s for no courtesy', async (text) => {
    expect(await ask(text, [])).toEqual([{ kind: 'verdict', verdict: 'no_answer' }])
  })

  it('is through with a hostile nod at once', async () => {
    const startedAt = performance.now()
    expect(await ask(`${'好的'.repeat(5000)}不`, [])).toEqual([{ kind: 'verdict', verdict: 'no_answer' }])
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it('takes a greeting with a question for the question', async () => {
    expect(await ask('你好，能退吗', [])).toEqual([{ kind: 'verdict', verdict: 'no_answer' }])
  })
})
