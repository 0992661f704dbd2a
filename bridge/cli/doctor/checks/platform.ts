import { isAppError } from '../../../../shared/app-error.ts'
import { describeErrcode } from '../../../wecom/error-table.ts'
import { LOOK_UP, PLATFORM_TODO } from '../../platform-todo.ts'
import { defineCheck, type FindingText, type Found } from '../check.ts'

/** A finding for each code that a setting can mend. */
const codes: Readonly<Record<string, FindingText>> = Object.fromEntries(
  Object.entries(PLATFORM_TODO)
    // Of one customer or one message, never of the set-up.
    .filter(([code]) => !['95001', '95002', '40096'].includes(code))
    .map(([code, todo]) => {
      const { meaning, meaningEn } = describeErrcode(Number(code))
      const says = { zh: `${code} ${meaning}{more}`, en: `${code}, ${meaningEn}{more}` }
      return [code, { level: code === '45009' ? 'warning' : 'failure', says, todo } satisfies FindingText]
    }),
)

export const platform = defineCheck<string>({
  name: 'platform',
  about: { zh: '微信客服平台', en: "WeCom's API" },
  deadlineMs: 25_000,
  findings: {
    ok: { level: 'ok', says: { zh: '密钥有效，接口可用', en: 'the secret is accepted and the API answers' } },
    unset: {
      level: 'failure',
      says: { zh: 'WECHAT_CORP_ID 或 WECHAT_SECRET 还没有设置', en: 'WECHAT_CORP_ID or WECHAT_SECRET is not set' },
      todo: { zh: '运行 npm run setup', en: 'run npm run setup' },
    },
    unreachable: {
      level: 'failure',
      says: { zh: '平台没有正常回应（{reason}）', en: 'no usable answer from the platform ({reason})' },
      todo: {
        zh: '检查本机能否访问 qyapi.weixin.qq.com；设置了 WECHAT_API_BASE 时检查那个代理',
        en: 'can this machine reach qyapi.weixin.qq.com? With WECHAT_API_BASE, look at that proxy',
      },
    },
    held: {
      level: 'failure',
      says: {
        zh: '{errcode} {meaning}：刚被拒绝过，{minutes} 分钟内不再尝试',
        en: '{errcode} {meaning}: refused a while ago, not tried for another {minutes} min',
      },
      todo: {
        zh: '改好 WECHAT_SECRET 或 WECHAT_CORP_ID 会立即再试；没改就等到时间，否则平台会封本机 IP',
        en: 'with another WECHAT_SECRET or WECHAT_CORP_ID it is tried at once; without, wait, or the platform bans this address',
      },
    },
    refused: {
      level: 'failure',
      says: { zh: '{errcode} {meaning}{more}', en: '{errcode} {meaning}{more}' },
      todo: LOOK_UP,
    },
    ...codes,
  },
  async run({ wecom, accounts }) {
    if (wecom === undefined) return [{ key: 'unset' }]
    try {
      await accounts()
      return [{ key: 'ok' }]
    } catch (error) {
      return [explainPlatformError(error)]
    }
  },
})

/** Throws on what is no answer of the platform's client. */
export function explainPlatformError(error: unknown): Found {
  if (isAppError(error, 'wecom.unreachable')) {
    const { reason, cause } = error.details
    return { key: 'unreachable', values: { reason: [reason, cause].filter(Boolean).join(' ') } }
  }
  if (!isAppError(error, 'wecom.refused') && !isAppError(error, 'wecom.token')) throw error
  const errcode = Number(error.details.errcode)
  const key = String(errcode)
  const address = error.details.address === undefined ? '' : `IP ${error.details.address}`
  const hint = error.details.hint ? `hint ${error.details.hint}` : ''
  const parts = [address, hint].filter(Boolean).join(', ')
  const more = parts === '' ? '' : ` (${parts})`
  if (codes[key] !== undefined) return { key, values: { more } }
  return { key: 'refused', values: { errcode, meaning: describeErrcode(errcode).meaning, more } }
}
