import type { KnowledgeSource } from '../../bridge/stages/knowledge-source.ts'

/** A company that has told nothing: the model answers from the conversation alone. */
export const NO_KNOWLEDGE: KnowledgeSource = {
  find: async () => ({ passages: [], isAssigned: false }),
}
