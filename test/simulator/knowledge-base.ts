/**
 * The platform's own questions and answers: groups that hold intents. Kept in the order in which they were made, each under
 * a running number, so that a page begins where the last one ended without a look at what came before.
 */
import { randomName } from './identifiers.ts'

export interface Intent {
  readonly intentId: string
  readonly groupId: string
  question: string
  similarQuestions: readonly string[]
  /** As in the API's `answers`. */
  answers: readonly unknown[]
}

export interface KnowledgeGroup {
  readonly groupId: string
  name: string
  readonly isDefault: boolean
  readonly intents: Map<string, Intent>
}

export interface KnowledgeBase {
  readonly groups: ReadonlyMap<string, KnowledgeGroup>
  readonly intents: ReadonlyMap<string, Intent>
  addGroup(name: string): KnowledgeGroup
  removeGroup(groupId: string): void
  addIntent(groupId: string, parts: Pick<Intent, 'question' | 'similarQuestions' | 'answers'>): Intent
  removeIntent(intentId: string): void
}

/** Begins with the default group, which cannot be changed. */
export function createKnowledgeBase(): KnowledgeBase {
  const groups = new Map<string, KnowledgeGroup>()
  const intents = new Map<string, Intent>()
  const addGroup = (name: string, isDefault = false) => {
    const group: KnowledgeGroup = { groupId: `kg${randomName(30)}`, name, isDefault, intents: new Map() }
    groups.set(group.groupId, group)
    return group
  }
  const removeIntent = (intentId: string) => {
    const intent = intents.get(intentId)
    if (intent === undefined) return
    intents.delete(intentId)
    groups.get(intent.groupId)?.intents.delete(intentId)
  }
  addGroup('默认分组', true)

  return {
    groups,
    intents,
    addGroup: (name) => addGroup(name),
    removeGroup: (groupId) => {
      for (const intentId of groups.get(groupId)?.intents.keys() ?? []) intents.delete(intentId)
      groups.delete(groupId)
    },
    addIntent: (groupId, parts) => {
      const intent: Intent = { intentId: `ki${randomName(30)}`, groupId, ...parts }
      intents.set(intent.intentId, intent)
      groups.get(groupId)?.intents.set(intent.intentId, intent)
      return intent
    },
    removeIntent,
  }
}
