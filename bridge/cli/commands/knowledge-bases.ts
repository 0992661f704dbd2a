/** Knowledge bases: how many there are is up to the operator; which account uses which is the setting `answer.knowledge`. */
import type { Command } from '../command.ts'
import { openKnowledge } from '../knowledge/open-knowledge.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../render-table.ts'
import { textOption } from '../require-option.ts'
import { usageError } from '../usage-error.ts'

const list: Command = {
  path: ['knowledge', 'bases', 'list'],
  about: { zh: '列出知识库和它们的来源', en: 'list the knowledge bases and where they come from' },
  async run(call) {
    const { say } = call
    const { store } = await openKnowledge(call)
    const [bases, sources] = [await store.bases(), await store.sources()]
    const json = { bases: bases.map((base) => ({ ...base, sources: sources.filter((one) => one.base === base.id) })) }
    if (bases.length === 0)
      return { json, text: say({ zh: '还没有知识库。', en: 'There are no knowledge bases yet.' }) }
    const head = [
      { zh: '知识库', en: 'BASE' },
      { zh: '文档', en: 'DOCUMENTS' },
      { zh: '读不了', en: 'FAILED' },
      { zh: '段数', en: 'PIECES' },
      { zh: '来源', en: 'SOURCES' },
    ].map(say)
    const rows = bases.map(({ id, name, documents, failed, chunks }) => {
      const own = sources
        .filter((one) => one.base === id)
        .map(({ uri, error }) => (error === '' ? uri : `${uri}（${error}）`))
      return [name, `${documents}`, `${failed}`, `${chunks}`, own.join(' ')]
    })
    return { json, text: renderTable(head, rows) }
  },
}

const add: Command = {
  path: ['knowledge', 'bases', 'add'],
  about: { zh: '新建知识库', en: 'make a knowledge base' },
  operand: { name: 'NAME', about: { zh: '名称', en: 'its name' }, isMany: false },
  options: { about: { type: 'string', value: 'TEXT', about: { zh: '用途', en: 'what it is for' } } },
  async run(call) {
    const name = (call.operands[0] ?? '').trim()
    if (name === '' || name.length > 64)
      throw usageError(call.say({ zh: '名称要有 1 到 64 个字', en: 'a name has 1 to 64 characters' }))
    const { store } = await openKnowledge(call)
    const id = await store.ensureBase(name, textOption('about', call))
    return { json: { id, name }, text: printable(name) }
  },
}

const remove: Command = {
  path: ['knowledge', 'bases', 'remove'],
  about: { zh: '删除知识库及其全部内容', en: 'remove a knowledge base with all that is in it' },
  operand: { name: 'NAME', about: { zh: '名称', en: 'its name' }, isMany: false },
  options: { yes: { type: 'boolean', about: { zh: '确认删除', en: 'yes, remove it' } } },
  async run(call) {
    const { say, options, operands } = call
    const { store } = await openKnowledge(call)
    const base = (await store.bases()).find(({ name }) => name === operands[0])
    if (base === undefined)
      throw usageError(
        say({
          zh: `没有知识库 ${printable(operands[0] ?? '')}`,
          en: `there is no knowledge base ${printable(operands[0] ?? '')}`,
        }),
      )
    if (options.yes !== true) {
      throw usageError(
        say({
          zh: `会删除 ${base.documents + base.failed} 份文档，确认请加 --yes`,
          en: `this removes ${base.documents + base.failed} documents: add --yes to do it`,
        }),
      )
    }
    await store.removeBase(base.id)
    return { json: { removed: base.name }, text: say({ zh: '已删除。', en: 'Removed.' }) }
  },
}

export const knowledgeBases: readonly Command[] = [list, add, remove]
