/** The knowledge for one command: its rows, and the search over them. */
import { parseKnowledgeSettings } from '../../config.ts'
import { createKnowledge, type Knowledge } from '../../knowledge/create-knowledge.ts'
import { createLogger } from '../../logger.ts'
import { createDocumentStore, type DocumentStore } from '../../store/document-store.ts'
import type { KnowledgeBase } from '../../store/knowledge-sources.ts'
import { createMetaStore } from '../../store/meta-store.ts'
import { openVectorIndex } from '../../store/vector-index.ts'
import type { Call } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'

export const baseOption = {
  base: {
    type: 'string',
    value: 'NAME',
    about: { zh: '知识库，默认 default', en: 'the knowledge base; default: default' },
  },
} as const

export const DEFAULT_BASE = 'default'

export interface OpenKnowledge {
  store: DocumentStore
  settings: ReturnType<typeof parseKnowledgeSettings>
  /** Close it after use. */
  search: (bases: readonly string[]) => Promise<Knowledge>
}

export async function openKnowledge({ database, env }: Pick<Call, 'database' | 'env'>): Promise<OpenKnowledge> {
  const settings = parseKnowledgeSettings(env)
  const opened = await database()
  const log = createLogger({ level: 'silent', pretty: false })
  const store = createDocumentStore(opened, settings.embedding && (await openVectorIndex(opened, { log })))
  const databaseId = await createMetaStore(opened).databaseId()
  return {
    store,
    settings,
    async search(bases) {
      const knowledge = createKnowledge({ store, log, basesOf: () => bases }, { ...settings, databaseId, limit: 10 })
      await knowledge.refresh()
      return knowledge
    },
  }
}

/** Undefined: no option was given, so all. Throws `cli.usage` for a name that no base has. */
export async function findBase(
  store: Pick<DocumentStore, 'bases'>,
  { options, say }: Pick<Call, 'options' | 'say'>,
): Promise<KnowledgeBase | undefined> {
  const { base: name } = options
  if (typeof name !== 'string') return undefined
  const bases = await store.bases()
  const found = bases.find((base) => base.name === name)
  if (found !== undefined) return found
  const names = bases.map((base) => base.name).join(', ')
  throw usageError(
    say({
      zh: `没有知识库 ${printable(name)}。现有：${names || '无'}`,
      en: `there is no knowledge base ${printable(name)}. There are: ${names || 'none'}`,
    }),
  )
}
