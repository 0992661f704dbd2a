import { resolve } from 'node:path'
import type { Command } from '../command.ts'
import { findDocument } from '../knowledge/find-document.ts'
import { baseOption, findBase, openKnowledge } from '../knowledge/open-knowledge.ts'

export const knowledgeRemove: Command = {
  path: ['knowledge', 'remove'],
  about: {
    zh: '移除来源（路径、网址、platform）或单份文档（编号）；来源还在的文档下次 sync 会回来',
    en: 'remove sources (a path, an address, platform) or single documents (their id); those whose source stays come back with the next sync',
  },
  operand: { name: 'WHAT', about: { zh: '来源或文档编号', en: 'a source, or the id of a document' }, isMany: true },
  options: baseOption,
  async run(call) {
    const { operands, say } = call
    const { store } = await openKnowledge(call)
    const base = await findBase(store, call)
    const sources = await store.sources(base?.id)
    let removed = 0
    for (const operand of operands) {
      const matching = sources.filter(
        ({ uri }) => uri === operand || uri === resolve(operand) || uri === toHref(operand),
      )
      for (const { id } of matching) {
        removed += (await store.documentsOf(id)).length
        await store.removeSource(id)
      }
      if (matching.length === 0) removed += await store.remove([(await findDocument(store, operand, say)).id])
    }
    return { json: { removed }, text: say({ zh: `移除了 ${removed} 份文档。`, en: `${removed} documents removed.` }) }
  },
}

function toHref(text: string): string {
  return URL.canParse(text) ? new URL(text).href : text
}
