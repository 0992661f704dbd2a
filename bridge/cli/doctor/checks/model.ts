import { isAppError } from '../../../../shared/app-error.ts'
import type { Answerer } from '../../../answer/answerer.ts'
import { createAnswerers } from '../../../answer/create-answerers.ts'
import { defineCheck, type Found } from '../check.ts'
import { explainVendorError, vendorFindings } from '../vendor-findings.ts'

const DEADLINE_MS = 20_000

const findings = {
  ...vendorFindings,
  none: {
    level: 'warning',
    says: {
      zh: '没有配置模型，只用知识库的原文回答',
      en: 'no model is configured: answers are passages of the knowledge base',
    },
    todo: {
      zh: '设置 DEEPSEEK_API_KEY（或其他模型的密钥），或运行 npm run setup',
      en: 'set DEEPSEEK_API_KEY or the key of another one, or run npm run setup',
    },
  },
  blocked: {
    level: 'warning',
    says: { zh: '{name} 的内容过滤拦下了一句“你好”', en: "{name}'s filter refused a greeting" },
    todo: { zh: '换一个模型，或联系厂商', en: 'take another model, or ask the vendor' },
  },
} as const

type Key = keyof typeof findings

export const model = defineCheck({
  name: 'model',
  about: { zh: '模型', en: 'model' },
  deadlineMs: 30_000,
  findings,
  async run({ config }, signal) {
    const names = [config?.answerer, config?.fallback].filter((name) => name !== undefined)
    if (config === undefined || names.length === 0) return [{ key: 'none' }]
    const answerers = createAnswerers(config.vendors, { deadlineMs: DEADLINE_MS })
    const wanted = [...new Set(names)].flatMap((name) => answerers.get(name) ?? [])
    return wanted.length === 0 ? [{ key: 'none' }] : Promise.all(wanted.map((answerer) => ask(answerer, signal)))
  },
})

/** One short question, a few tokens. */
async function ask(answerer: Answerer, signal: AbortSignal): Promise<Found<Key>> {
  const { name } = answerer
  const startedAt = performance.now()
  try {
    const question = { conversationKey: 'doctor', turns: [{ role: 'customer', text: '你好' }], maxTokens: 16 } as const
    for await (const event of answerer.answer(question, signal)) {
      // The first words are proof enough: the rest need not be paid for.
      if (event.kind === 'text' && event.text.trim() !== '') break
    }
    return { key: 'ok', values: { name, ms: Math.round(performance.now() - startedAt) } }
  } catch (error) {
    if (isAppError(error, 'answer.sensitive')) return { key: 'blocked', values: { name } }
    return explainVendorError(name, error)
  }
}
