/** Everybody who can answer, and how one of them is chosen. */
import { AppError } from '../../shared/app-error.ts'
import type { Config } from '../config.ts'
import type { Answerer } from './answerer.ts'
import { type ChooseAnswerers, type ChooseDeps, type ChooseOptions, createChooseAnswerers } from './choose-answerer.ts'
import { type AnswererDeps, createAnswerers } from './create-answerers.ts'

export interface ChooserDeps extends AnswererDeps, Pick<ChooseDeps, 'now' | 'log'> {
  /** Answerers that are no vendor's, asked after those that are. */
  others?: readonly Answerer[]
}

/** Throws `config.invalid` when nobody is configured. */
export function createChooser(
  { answerer, fallback, vendors }: Pick<Config, 'answerer' | 'fallback' | 'vendors'>,
  { others = [], now, log, ...deps }: ChooserDeps,
  options: ChooseOptions,
): ChooseAnswerers {
  const answerers = new Map(createAnswerers(vendors, deps))
  for (const other of others) answerers.set(other.name, other)
  const named = [answerer, fallback].filter((name) => name !== undefined && answerers.has(name)) as string[]
  const defaults = named.length > 0 ? named : others.map(({ name }) => name)
  if (defaults.length === 0) throw new AppError('config.invalid', 'no answerer is configured', { retryable: false })
  return createChooseAnswerers({ answerers, defaults, now, log }, options)
}
