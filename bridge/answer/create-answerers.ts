/** An answerer for each vendor that is configured, by its name. */
import type { VendorSettings } from '../config.ts'
import type { Answerer } from './answerer.ts'
import { createDeepseekAnswerer } from './deepseek.ts'
import { createDoubaoAnswerer } from './doubao.ts'
import { createOpenaiAnswerer } from './openai.ts'

export interface AnswererDeps {
  /** For a whole answer. */
  deadlineMs: number
}

export function createAnswerers(
  { deepseek, doubao, openai }: Readonly<VendorSettings>,
  { deadlineMs }: AnswererDeps,
): ReadonlyMap<string, Answerer> {
  const answerers = [
    deepseek && createDeepseekAnswerer({ ...deepseek, deadlineMs }),
    doubao && createDoubaoAnswerer({ ...doubao, deadlineMs }),
    openai && createOpenaiAnswerer({ ...openai, deadlineMs }),
  ]
  return new Map(answerers.flatMap((answerer) => (answerer === undefined ? [] : [[answerer.name, answerer]])))
}
