import type { Command } from '../command.ts'
import { findDocument } from '../knowledge/find-document.ts'
import { openKnowledge } from '../knowledge/open-knowledge.ts'
import { printable } from '../printable.ts'

export const knowledgeShow: Command = {
  path: ['knowledge', 'show'],
  about: { zh: '显示一份文档的各段', en: 'show the pieces of a document' },
  operand: { name: 'ID', about: { zh: '编号或其开头', en: 'its id, or the beginning of it' }, isMany: false },
  async run(call) {
    const { store } = await openKnowledge(call)
    const { id } = await findDocument(store, call.operands[0] ?? '', call.say)
    const [document] = await store.read([id])
    if (document === undefined) throw new Error('the document has gone')
    const { pieces, ...row } = document
    const json = {
      ...row,
      pieces: pieces.map(({ vector, ...piece }) => ({ ...piece, hasVector: vector !== undefined })),
    }
    const { title, uri, meta, error } = document
    const similar = (meta.similar ?? []).map((text) => `  = ${text}`)
    const parts = pieces.map(({ heading, text }) => (heading === '' ? text : `[${heading}]\n${text}`))
    const head = [title, uri, ...(meta.url === undefined ? [] : [meta.url]), ...(error === '' ? [] : [`! ${error}`])]
    const text = [[...head, ...similar].join('\n'), ...parts].join('\n\n')
    return { json, text: text.split('\n').map(printable).join('\n') }
  },
}
