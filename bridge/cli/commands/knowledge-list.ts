import type { Command } from '../command.ts'
import { formatTime } from '../format-time.ts'
import { baseOption, findBase, openKnowledge } from '../knowledge/open-knowledge.ts'
import { limitOption, parseLimit } from '../limit-option.ts'
import { renderTable } from '../render-table.ts'

const LIMIT = { fallback: 100, max: 100_000 }
const SHOWN = 40

export const knowledgeList: Command = {
  path: ['knowledge', 'list'],
  about: { zh: '列出知识库里的文档，读不了的在前', en: 'list the documents, those that could not be read first' },
  options: {
    ...baseOption,
    failed: { type: 'boolean', about: { zh: '只看读不了的', en: 'only those that could not be read' } },
    ...limitOption(LIMIT),
  },
  async run(call) {
    const { options, say } = call
    const limit = parseLimit({ options, say }, LIMIT)
    const { store } = await openKnowledge(call)
    const base = await findBase(store, call)
    const names = new Map((await store.bases()).map(({ id, name }) => [id, name]))
    const all = (await store.documents(base?.id)).filter(({ state }) => options.failed !== true || state === 'failed')
    const documents = all.toSorted((one, other) => Number(other.state === 'failed') - Number(one.state === 'failed'))
    const shown = documents.slice(0, limit)
    const json = { total: documents.length, documents: shown.map((one) => ({ ...one, base: names.get(one.base) })) }
    if (shown.length === 0) {
      return {
        json,
        text: say({ zh: '没有文档。用 knowledge add 加入。', en: 'There are no documents. Use knowledge add.' }),
      }
    }
    const head = [
      { zh: '编号', en: 'ID' },
      { zh: '知识库', en: 'BASE' },
      { zh: '类型', en: 'KIND' },
      { zh: '标题', en: 'TITLE' },
      { zh: '段数', en: 'PIECES' },
      { zh: '读取时间', en: 'READ' },
      { zh: '问题', en: 'FAULT' },
    ].map(say)
    const rows = shown.map(({ id, base: baseId, kind, title, chunks, syncedAt, error }) => [
      id.slice(0, 8),
      names.get(baseId) ?? '',
      kind,
      cut(title),
      `${chunks}`,
      formatTime(syncedAt),
      error,
    ])
    const more = documents.length - shown.length
    const rest = more > 0 ? `\n${say({ zh: `另有 ${more} 条，用 --limit 查看`, en: `${more} more: use --limit` })}` : ''
    return { json, text: renderTable(head, rows) + rest }
  },
}

function cut(text: string): string {
  const characters = Array.from(text)
  return characters.length <= SHOWN ? text : `${characters.slice(0, SHOWN).join('')}…`
}
