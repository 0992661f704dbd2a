import { fetchEdge } from '../ask-edge.ts'
import { defineCheck } from '../check.ts'

/** The edge takes a handshake for a minute, on both sides. */
const WRONG_MS = 60_000
const DOUBTFUL_MS = 10_000

export const clock = defineCheck({
  name: 'clock',
  about: { zh: '时钟', en: 'clock' },
  deadlineMs: 12_000,
  findings: {
    ok: { level: 'ok', says: { zh: '与网络时间相差 {seconds} 秒', en: '{seconds} s from the network' } },
    unknown: {
      level: 'warning',
      says: {
        zh: '没有可对照的时间（边缘和平台都没有回应）',
        en: 'nobody to compare with: neither edge nor platform answers',
      },
      todo: { zh: '先解决网络问题，再检查一次', en: 'mend the network first, then look again' },
    },
    unset: {
      level: 'skipped',
      says: { zh: '没有检查：还没有设置可对照的一方', en: 'not looked at: nobody to compare with is set yet' },
    },
    doubtful: {
      level: 'warning',
      says: { zh: '与网络时间相差 {seconds} 秒', en: '{seconds} s from the network' },
      todo: { zh: '打开时间同步：timedatectl set-ntp true', en: 'have it synchronised: timedatectl set-ntp true' },
    },
    wrong: {
      level: 'failure',
      says: {
        zh: '与网络时间相差 {seconds} 秒，边缘会拒绝 bridge（最多容许 60 秒）',
        en: '{seconds} s from the network: the edge refuses this bridge, it allows 60 s',
      },
      todo: { zh: '打开时间同步：timedatectl set-ntp true', en: 'have it synchronised: timedatectl set-ntp true' },
    },
  },
  async run({ edge, askedEdge, wecom, fetch }, signal) {
    if (edge === undefined && wecom === undefined) return [{ key: 'unset' }]
    const answers = await Promise.all([
      edge === undefined ? undefined : askedEdge(),
      wecom === undefined ? undefined : fetchEdge(new URL(wecom.apiBase), { fetch, signal }),
    ])
    const known = answers.find((answer) => answer?.kind === 'answered' && answer.clockAheadMs !== undefined)
    if (known?.kind !== 'answered' || known.clockAheadMs === undefined) return [{ key: 'unknown' }]
    const offMs = Math.abs(known.clockAheadMs)
    const key = offMs > WRONG_MS ? 'wrong' : offMs > DOUBTFUL_MS ? 'doubtful' : 'ok'
    return [{ key, values: { seconds: Math.round(offMs / 1000) } }]
  },
})
