import { isAppError } from '../../../../shared/app-error.ts'
import type { Answerer } from '../../../answer/answerer.ts'
import { createAnswerers } from '../../../answer/create-answerers.ts'
import { defineCheck, type Found } from '../check.ts'
import { describeStatus, explainVendorError, vendorFindings } from '../vendor-findings.ts'

const DEADLINE_MS = 20_000

const findings = {
  ...vendorFindings,
  'model-closed': {
    level: 'failure',
    says: { zh: '{name} 上还没有开通这个模型（{status}）', en: '{name}: this model is not switched on ({status})' },
    todo: {
      zh: '到厂商的控制台开通它（火山方舟：开通管理），或换一个 _MODEL',
      en: "switch it on in the vendor's console (Ark: 开通管理), or name another _MODEL",
    },
  },
  'app-unusable': {
    level: 'failure',
    says: { zh: '{name} 的应用用不了（{status}）', en: 'the app of {name} can not be used ({status})' },
    todo: {
      zh: '在它的后台检查：应用已发布，密钥属于这个应用，应用里的模型有密钥和额度',
      en: "look at it in its console: is the app published, is the key this app's, has its model a key and a quota?",
    },
  },
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
    return explainModelError(name, error)
  }
}

/** What a vendor's code says, where it says more than the status. */
const BY_CODE: Readonly<Record<string, Key>> = {
  key: 'key-wrong',
  right: 'not-allowed',
  balance: 'no-balance',
  model: 'not-found',
  'model-closed': 'model-closed',
}

function explainModelError(name: string, error: unknown): Found<Key> {
  const found = explainVendorError(name, error)
  if (!isAppError(error, 'answer.account')) return found
  const values = { name, status: describeStatus(error) }
  const known = BY_CODE[String(error.details.about)]
  if (known !== undefined) return { key: known, values }
  // An app of Dify or FastGPT, whose status is 400 or 500 for everything.
  return found.key === 'refused' ? { key: 'app-unusable', values } : found
}
