/** What a vendor of models answers to one tiny call: the same words for models, vectors, ranking and speech. */
import { isAppError } from '../../../shared/app-error.ts'
import type { FindingText, Found } from './check.ts'

export const vendorFindings = {
  ok: { level: 'ok', says: { zh: '{name} 有回应（{ms} 毫秒）', en: '{name} answers ({ms} ms)' } },
  'key-wrong': {
    level: 'failure',
    says: { zh: '{name} 不认密钥（{status}）', en: '{name} refuses the key ({status})' },
    todo: {
      zh: '到厂商的控制台重新复制密钥，写进 .env，重启 bridge',
      en: "copy the key from the vendor's console again, into .env, and restart",
    },
  },
  'no-balance': {
    level: 'failure',
    says: { zh: '{name} 余额不足（402）', en: '{name}: the balance is used up (402)' },
    todo: { zh: '到厂商的控制台充值', en: "top it up in the vendor's console" },
  },
  'not-found': {
    level: 'failure',
    says: { zh: '{name} 没有这个地址或模型（404）', en: '{name} has no such address or model (404)' },
    todo: {
      zh: '核对这个模型的 _BASE_URL 和 _MODEL；模型名称会下架',
      en: 'check its _BASE_URL and _MODEL; names of models are retired now and then',
    },
  },
  refused: {
    level: 'failure',
    says: { zh: '{name} 拒绝了请求（{status}）', en: '{name} refuses the request ({status})' },
    todo: { zh: '核对这个模型的 _MODEL 和 _BASE_URL', en: 'check its _MODEL and _BASE_URL' },
  },
  busy: {
    level: 'warning',
    says: { zh: '{name} 忙或限流（{status}）', en: '{name} is busy or limits the rate ({status})' },
    todo: {
      zh: '过一会再试；经常这样就设置 ANSWERER_FALLBACK',
      en: 'try again later; if it is so often, set ANSWERER_FALLBACK',
    },
  },
  unreachable: {
    level: 'failure',
    says: { zh: '{name} 没有回应（{reason}）', en: '{name} gives no answer ({reason})' },
    todo: { zh: '核对它的 _BASE_URL，检查本机网络', en: 'check its _BASE_URL and the network' },
  },
} as const satisfies Record<string, FindingText>

type Key = keyof typeof vendorFindings

/** Of an `answer.…`, `vendor.…` or `asr.…` error. Throws what is none. */
export function explainVendorError(name: string, error: unknown): Found<Key> {
  if (!isAppError(error)) throw error
  const { status: given = '', reason = error.code, cause } = error.details
  const status = Number(given)
  const values = { name, status: given === '' ? String(reason) : status }
  if (status === 401 || status === 403) return { key: 'key-wrong', values }
  if (status === 402) return { key: 'no-balance', values }
  if (status === 404) return { key: 'not-found', values }
  if (status === 429 || status === 503 || status === 529) return { key: 'busy', values }
  if (error.retryable) {
    const why = [reason, given, cause].filter((part) => part !== '' && part !== undefined).join(' ')
    return { key: 'unreachable', values: { name, reason: why } }
  }
  return { key: 'refused', values }
}
