import type { Command } from '../command.ts'
import { baseOption, findBase, openKnowledge } from '../knowledge/open-knowledge.ts'
import { renderTable } from '../render-table.ts'

const SHOWN = 70

export const knowledgeSearch: Command = {
  path: ['knowledge', 'search'],
  about: { zh: '看看一个问题能找到什么', en: 'see what is found for a question' },
  operand: { name: 'QUESTION', about: { zh: '客户会怎么问', en: 'as a customer would ask' }, isMany: true },
  options: baseOption,
  async run(call) {
    const { operands, say, progress } = call
    const opened = await openKnowledge(call)
    const base = await findBase(opened.store, call)
    const question = operands.join(' ')
    const knowledge = await progress(
      { zh: '更新索引', en: 'bringing the index up to date' },
      opened.search(base ? [base.name] : []),
    )
    try {
      const asked = { openKfId: '', question, turns: [{ role: 'customer', text: question } as const] }
      const startedAt = performance.now()
      const { passages } = await knowledge.find(asked, new AbortController().signal)
      const ms = Math.round((performance.now() - startedAt) * 10) / 10
      const json = { ms, passages }
      if (passages.length === 0) return { json, text: say({ zh: '没有找到。', en: 'Nothing was found.' }) }
      const head = [
        { zh: '把握', en: 'SURE' },
        { zh: '标题', en: 'TITLE' },
        { zh: '内容', en: 'TEXT' },
      ].map(say)
      const rows = passages.map(({ confidence = 0, title, text }) => [confidence.toFixed(2), cut(title), cut(text)])
      const note = say({
        zh: `${ms} ms。没有模型时，把握到 0.50 才会直接回答。`,
        en: `${ms} ms. Without a model, it is said as it stands from 0.50 on.`,
      })
      return { json, text: `${renderTable(head, rows)}\n${note}` }
    } finally {
      await knowledge.stop()
    }
  },
}

function cut(text: string): string {
  const characters = Array.from(text)
  return characters.length <= SHOWN ? text : `${characters.slice(0, SHOWN).join('')}…`
}
