/** Everybody who can answer, the vendors that are configured and the answerer that needs none, and how one of them is chosen. */
import type { Config } from '../config.ts'
import { type ChooseAnswerers, type ChooseDeps, type ChooseOptions, createChooseAnswerers } from './choose-answerer.ts'
import { type AnswererDeps, createAnswerers } from './create-answerers.ts'
import { createKnowledgeAnswerer } from './knowledge.ts'

export type ChooserDeps = AnswererDeps & Pick<ChooseDeps, 'now' | 'log'>

export function createChooser(
  { answerer, fallback, vendors }: Pick<Config, 'answerer' | 'fallback' | 'vendors'>,
  { now, log, ...deps }: ChooserDeps,
  options: ChooseOptions,
): ChooseAnswerers {
  const answerers = new Map(createAnswerers(vendors, deps))
  const knowledge = createKnowledgeAnswerer()
  answerers.set(knowledge.name, knowledge)
  const named = [answerer, fallback].filter((name) => name !== undefined && answerers.has(name)) as string[]
  const defaults = named.length > 0 ? named : [knowledge.name]
  return createChooseAnswerers({ answerers, defaults, now, log }, options)
}
