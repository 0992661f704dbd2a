import { isAppError } from '../../../../shared/app-error.ts'
import { describeErrcode } from '../../../wecom/error-table.ts'
import type { Text } from '../../language.ts'
import { LOOK_UP, PLATFORM_TODO } from '../../platform-todo.ts'
import { defineCheck, type FindingText, type Found } from '../check.ts'

/** A finding for each code that a setting can mend. */
const codes: Readonly<Record<string, FindingText>> = Object.fromEntries(
  Object.entries(PLATFORM_TODO)
    // Of one customer or one message, never of the set-up.
    .filter(([code]) => !['95001', '95002', '95003', '95004', '95014', '95018', '40096', '43004'].includes(code))
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
      level: 'skipped',
      says: {
        zh: '反复写错会被平台封 IP，所以 {minutes} 分钟内不再用这组企业ID 和密钥尝试；换了会立即再试',
        en: 'the platform bans who goes on with a wrong secret: this corp id and secret are not tried for {minutes} min, others at once',
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
      return explainPlatformError(error)
    }
  },
})

function nameErrcode(errcode: number): Text {
  const { meaning: zh, meaningEn: en } = describeErrcode(errcode)
  return { zh, en }
}

/** Throws what is no error of the platform's client. */
function explainPlatformError(error: unknown): Found[] {
  if (isAppError(error, 'wecom.unreachable')) {
    const { reason, cause } = error.details
    return [{ key: 'unreachable', values: { reason: [reason, cause].filter(Boolean).join(' ') } }]
  }
  if (!isAppError(error, 'wecom.refused') && !isAppError(error, 'wecom.token')) throw error
  const { errcode: given, address, hint, retryAfterMs } = error.details
  const errcode = Number(given)
  const parts = [address && `IP ${address}`, hint && `hint ${hint}`].filter(Boolean).join(', ')
  const more = parts === '' ? '' : ` (${parts})`
  const minutes = Math.ceil(Number(retryAfterMs) / 60_000)
  const isHeld = error.code === 'wecom.token' && minutes > 1
  return [
    codes[String(errcode)] === undefined
      ? { key: 'refused', values: { errcode, meaning: nameErrcode(errcode), more } }
      : { key: String(errcode), values: { more } },
    ...(isHeld ? [{ key: 'held', values: { minutes } }] : []),
  ]
}
