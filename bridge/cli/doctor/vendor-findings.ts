/** What a vendor of models answers to one tiny call: the same words for models, vectors and ranking. */
import { type AppError, isAppError } from '../../../shared/app-error.ts'
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
    says: { zh: '{name} 余额不足（{status}）', en: '{name}: the balance is used up ({status})' },
    todo: { zh: '到厂商的控制台充值', en: "top it up in the vendor's console" },
  },
  'not-allowed': {
    level: 'failure',
    says: { zh: '{name} 的这把密钥没有权限（{status}）', en: '{name}: this key may not do it ({status})' },
    todo: {
      zh: '到厂商的控制台给密钥开通这个模型的权限，并核对 IP 限制',
      en: "give the key the right to this model in the vendor's console, and look at its limits of addresses",
    },
  },
  'not-found': {
    level: 'failure',
    says: { zh: '{name} 没有这个地址或模型（{status}）', en: '{name} has no such address or model ({status})' },
    todo: {
      zh: '核对这个模型的 _BASE_URL 和 _MODEL：模型名称会下架，火山方舟要写带日期的全名或 ep-…，并先在“开通管理”开通',
      en: 'check its _BASE_URL and _MODEL: names are retired now and then, and Ark wants the full dated id or an ep-…, switched on in 开通管理',
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

const BY_STATUS: Readonly<Record<number, Key>> = {
  401: 'key-wrong',
  402: 'no-balance',
  403: 'not-allowed',
  404: 'not-found',
  429: 'busy',
  503: 'busy',
  529: 'busy',
}

/** Of an `answer.…` or `vendor.…` error. Throws what is none. */
export function explainVendorError(name: string, error: unknown): Found<Key> {
  if (!isAppError(error)) throw error
  const { status = '', reason = error.code, cause } = error.details
  const known = BY_STATUS[Number(status)]
  if (known !== undefined) return { key: known, values: { name, status: describeStatus(error) } }
  if (error.retryable) {
    const why = [reason, status, cause].filter((part) => part !== '' && part !== undefined).join(' ')
    return { key: 'unreachable', values: { name, reason: why } }
  }
  return { key: 'refused', values: { name, status: describeStatus(error) } }
}

/** The HTTP status, and the vendor's own code if it has one. */
export function describeStatus({ code: ours, details }: AppError): string {
  const { status, code, reason = ours } = details
  const shown = [status, code].filter((part) => part !== undefined && part !== '').join(' ')
  return shown === '' ? String(reason) : shown
}
