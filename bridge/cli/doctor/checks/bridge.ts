import { z } from 'zod'
import { toPartName, toPartReason } from '../../../console/part-words.ts'
import { networkCode } from '../ask-edge.ts'
import { defineCheck } from '../check.ts'

const TIMEOUT_MS = 4_000

const readyz = z.looseObject({
  ready: z.boolean(),
  parts: z.array(z.looseObject({ name: z.string(), up: z.boolean(), reason: z.string().optional() })),
})

export const bridge = defineCheck({
  name: 'bridge',
  about: { zh: '本机的 bridge', en: 'bridge on this machine' },
  deadlineMs: 6_000,
  findings: {
    ok: { level: 'ok', says: { zh: '正在运行：{parts} 正常', en: 'runs: {parts} are up' } },
    unknown: {
      level: 'skipped',
      says: { zh: '没有检查：这里的设置不开状态页', en: 'not looked at: the settings here open no status page' },
    },
    'not-running': {
      level: 'warning',
      says: { zh: '没有在 {address} 运行', en: 'does not run at {address}' },
      todo: { zh: '运行 npm start（在别的机器上跑就不用管）', en: 'run npm start, unless it is to run elsewhere' },
    },
    'not-ready': {
      level: 'failure',
      says: { zh: '{part} 中断：{reason}', en: '{part} is down: {reason}' },
      todo: { zh: '看这里其他几项的结果和 bridge 的日志', en: 'see the other lines here, and its log' },
    },
    'port-taken': {
      level: 'warning',
      says: { zh: '{address} 上是别的程序', en: 'another program answers at {address}' },
      todo: { zh: '换一个 PORT', en: 'set another PORT' },
    },
  },
  async run({ config, fetch }, signal) {
    if (config === undefined || !config.roles.has('console') || config.console.port === 0) return [{ key: 'unknown' }]
    const { host, port } = config.console
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const address = `${name.includes(':') ? `[${name}]` : name}:${port}`
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(`http://${address}/readyz`, { signal: deadline })
      .then((response) => response.text())
      .catch((error: unknown) => (networkCode(error) === 'ECONNREFUSED' ? undefined : ''))
    if (answer === undefined) return [{ key: 'not-running', values: { address } }]
    const parsed = readyz.safeParse(parseJson(answer))
    if (!parsed.success) return [{ key: 'port-taken', values: { address } }]
    const down = parsed.data.parts.filter(({ up }) => !up)
    if (down.length === 0) {
      const names = parsed.data.parts.map(({ name }) => name)
      return [{ key: 'ok', values: { parts: { zh: names.map(toPartName).join('、'), en: names.join(', ') } } }]
    }
    return down.map(({ name, reason = '' }) => ({
      key: 'not-ready',
      values: {
        part: { zh: toPartName(name), en: name },
        reason: { zh: toPartReason(name, reason) || reason, en: reason },
      },
    }))
  },
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
