import { describe, expect, it } from 'vitest'
import { toPrompt } from '../../../../bridge/answer/to-prompt.ts'
import type { KnowledgeSource } from '../../../../bridge/stages/knowledge-source.ts'
import { createPipeline, customerText } from '../../../support/pipeline.ts'

const TURNS = 20
const knowledge: KnowledgeSource = {
  find: async ({ question }) => ({
    isAssigned: true,
    passages: [{ id: question, title: '资料', text: `关于${question}的资料。` }],
    wholeFaq: '问：几点营业\n答：九点',
  }),
}

/** What a model is sent, question by question, of two customers in turn. */
async function promptsOfTwo() {
  const pages = Array.from({ length: TURNS }, (_, turn) => [
    customerText(`甲问${turn}`, { externalUserId: 'wmA' }),
    customerText(`乙问${turn}`, { externalUserId: 'wmB' }),
  ])
  const pipeline = await createPipeline({
    sync: async ({ cursor }) => {
      const index = Number(cursor || 0)
      return { messages: pages[index] ?? [], nextCursor: String(index + 1), hasMore: false }
    },
    knowledge,
  })
  for (let turn = 0; turn < TURNS; turn += 1) {
    await pipeline.pull()
    for (const { key } of await pipeline.database.all<{ key: string }>(
      'select id as key from conversation order by 1',
    )) {
      await pipeline.handlers.reply(key)
    }
  }
  const prompts = pipeline.asked.map((question) => toPrompt(question))
  const textOf = (prompt: (typeof prompts)[number]) => JSON.stringify(prompt)
  return ['甲', '乙'].map((name) => prompts.filter((prompt) => textOf(prompt).includes(`${name}问`)))
}

describe('what the cache of a vendor works on', () => {
  it('is all of the last prompt but its question, in one conversation; and all that is no conversation, of two', async () => {
    const [one = [], other = []] = await promptsOfTwo()
    expect([one.length, other.length]).toEqual([TURNS, TURNS])
    for (const prompts of [one, other]) {
      for (const [index, prompt] of prompts.entries()) {
        const before = prompts[index - 1]?.slice(0, -1) ?? []
        expect(prompt.slice(0, before.length)).toEqual(before)
      }
    }
    // The instructions, and the knowledge that goes whole into each prompt.
    for (const prompt of other) expect(prompt.slice(0, 3)).toEqual(one[0]?.slice(0, 3))
    expect(JSON.stringify(one)).not.toContain('乙问')
    expect(JSON.stringify(other)).not.toContain('甲问')
  })
})
