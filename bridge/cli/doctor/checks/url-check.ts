import { askEdge, readStatus } from '../ask-edge.ts'
import { defineCheck } from '../check.ts'
import type { Installation } from '../installation.ts'
import { probeUrlCheck } from '../probe-url-check.ts'

const BUDGET_MS = 1_000
/** The Worker writes a reason down once a minute. */
const NOTE_MS = 65_000

export const urlCheck = defineCheck({
  name: 'url-check',
  about: { zh: '回调地址验证', en: 'URL check of the callback' },
  deadlineMs: 25_000,
  findings: {
    ok: { level: 'ok', says: { zh: '加密验证通过，{ms} 毫秒', en: 'answered rightly in {ms} ms' } },
    unknown: {
      level: 'skipped',
      says: {
        zh: '没有检查：这里不知道 WECHAT_TOKEN 和 WECHAT_AESKEY（.dev.vars）',
        en: 'not looked at: WECHAT_TOKEN and WECHAT_AESKEY are not known here (.dev.vars)',
      },
    },
    unreachable: {
      level: 'failure',
      says: { zh: '回调地址连不上', en: 'the callback URL can not be reached' },
      todo: { zh: '先解决上面“边缘”的问题', en: 'mend what is said of the edge first' },
    },
    'bad-key': {
      level: 'failure',
      says: { zh: 'WECHAT_AESKEY 不是 43 位', en: 'WECHAT_AESKEY has not 43 characters' },
      todo: {
        zh: '从后台重新复制 EncodingAESKey，或运行 npm run setup',
        en: 'copy the EncodingAESKey from the console again, or run npm run setup',
      },
    },
    slow: {
      level: 'failure',
      says: {
        zh: '回答正确，但用了 {ms} 毫秒，后台只等 1 秒',
        en: 'answered rightly after {ms} ms, and the console waits for one second',
      },
      todo: {
        zh: '再试一次；一直这样，检查前面的代理或 CDN',
        en: 'try again; if it stays, look at the proxy in front of it',
      },
    },
    'token-wrong': {
      level: 'failure',
      says: {
        zh: 'Worker 的 WECHAT_TOKEN 与 .dev.vars 里的不同',
        en: 'the Worker has another WECHAT_TOKEN than .dev.vars',
      },
      todo: {
        zh: '让它与后台的 Token 一致，运行 npm run deploy',
        en: "make it the console's Token and run npm run deploy",
      },
    },
    'aeskey-wrong': {
      level: 'failure',
      says: {
        zh: 'Worker 的 WECHAT_AESKEY 与 .dev.vars 里的不同',
        en: 'the Worker has another WECHAT_AESKEY than .dev.vars',
      },
      todo: {
        zh: '让它与后台的 EncodingAESKey 一致，运行 npm run deploy',
        en: "make it the console's EncodingAESKey and run npm run deploy",
      },
    },
    'corp-wrong': {
      level: 'failure',
      says: { zh: 'Worker 的 WECHAT_CORP_ID 与这里的不同', en: 'the Worker has another WECHAT_CORP_ID than here' },
      todo: {
        zh: '改成后台“企业信息”里的企业ID，运行 npm run deploy',
        en: 'take the corp id of the console and run npm run deploy',
      },
    },
    refused: {
      level: 'failure',
      says: {
        zh: 'Worker 拒绝了验证（403）：Token、AESKey 或企业ID 不一致',
        en: 'the Worker refuses it (403): Token, AESKey or corp id differs',
      },
      todo: {
        zh: '运行 npm run deploy，让 Worker 与 .dev.vars 一致',
        en: 'run npm run deploy, so that the Worker has what .dev.vars has',
      },
    },
    blocked: {
      level: 'failure',
      says: {
        zh: '验证没有到达 Worker：中间有人回答了 HTTP {status}',
        en: 'it does not get to the Worker: something in front answers HTTP {status}',
      },
      todo: {
        zh: '对 /callback 关掉 Access、机器人防护、JS 质询和防火墙规则',
        en: 'take Access, bot protection, JS challenges and firewall rules off /callback',
      },
    },
  },
  async run(installation, signal) {
    const { edge, callback, fetch } = installation
    if (callback === undefined || edge === undefined) return [{ key: 'unknown' }]
    if (!/^[A-Za-z0-9+/]{43}$/.test(callback.aesKey)) return [{ key: 'bad-key' }]
    const { answer, isRight } = await probeUrlCheck({ ...edge, ...callback }, { fetch, signal })
    if (answer.kind === 'unreachable') return [{ key: 'unreachable' }]
    const { status, ms, text } = answer
    if (isRight) return [{ key: ms > BUDGET_MS ? 'slow' : 'ok', values: { ms } }]
    // The Worker's own refusal is bare.
    if (status === 403 && text === '') return [{ key: await explainRefusal(installation, signal) }]
    return [{ key: 'blocked', values: { status } }]
  },
})

/** Outsiders learn nothing from a 403; the Worker's status says why, to who holds BRIDGE_TOKEN. */
async function explainRefusal({ edge, fetch }: Installation, signal: AbortSignal) {
  const status = edge && readStatus(await askEdge(edge, { fetch, signal }))
  const refused = status?.refused
  if (refused === undefined || Date.now() - refused.at > NOTE_MS) return 'refused'
  return ({ 'signature-wrong': 'token-wrong', undecryptable: 'aeskey-wrong', 'receiver-wrong': 'corp-wrong' } as const)[
    refused.reason
  ]
}
