import type { Command } from '../command.ts'
import { baseOption, findBase, openKnowledge } from '../knowledge/open-knowledge.ts'

/** Documents that are read at once, so that a large knowledge is never in memory with its vectors. */
const BATCH = 200

export const knowledgeExport: Command = {
  path: ['knowledge', 'export'],
  about: {
    zh: '输出全部内容，一行一段 JSON（问答可用 knowledge add --faq 读回）',
    en: 'print all of it, a line of JSON for each piece; questions can be added again',
  },
  options: baseOption,
  async run(call) {
    const { store } = await openKnowledge(call)
    const base = await findBase(store, call)
    const documents = await store.documents(base?.id)
    const pieces: Record<string, unknown>[] = []
    for (let done = 0; done < documents.length; done += BATCH) {
      const ids = documents.slice(done, done + BATCH).map(({ id }) => id)
      for (const { kind, title, uri, meta, pieces: parts } of await store.read(ids)) {
        for (const { id, heading, text } of parts) {
          pieces.push(
            kind === 'faq'
              ? { question: title, similar: meta.similar ?? [], answer: text }
              : {
                  id,
                  title: heading === '' ? title : `${title} > ${heading}`,
                  text,
                  uri,
                  ...(meta.url && { url: meta.url }),
                },
          )
        }
      }
    }
    return { json: pieces, text: pieces.map((piece) => JSON.stringify(piece)).join('\n') }
  },
}
