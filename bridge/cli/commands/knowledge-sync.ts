import type { Command } from '../command.ts'
import { baseOption, findBase, openKnowledge } from '../knowledge/open-knowledge.ts'
import { readSources } from './knowledge-add.ts'

export const knowledgeSync: Command = {
  path: ['knowledge', 'sync'],
  about: { zh: '重新读取所有来源，没变的不花时间', en: 'read all sources again; what has not changed costs nothing' },
  options: baseOption,
  async run(call) {
    const knowledge = await openKnowledge(call)
    const base = await findBase(knowledge.store, call)
    const sources = await knowledge.store.sources(base?.id)
    if (sources.length === 0) {
      return {
        json: { sources: [] },
        text: call.say({ zh: '还没有来源，先用 knowledge add。', en: 'There are no sources yet: use knowledge add.' }),
      }
    }
    return readSources(sources, knowledge, call)
  },
}
