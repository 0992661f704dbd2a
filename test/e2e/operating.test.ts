/** What an operator hears of a running bridge: alerts, traces, and the story of one message. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'

const CLI = fileURLToPath(new URL('../../bridge/cli/main.ts', import.meta.url))
const run = promisify(execFile)

describe('a running bridge', () => {
  let stack: Stack
  let bridge: BridgeProcess
  let webhook: WebhookReceiver
  let collector: OtlpReceiver

  beforeAll(async () => {
    webhook = await startWebhookReceiver()
    collector = await startOtlpReceiver()
    stack = await startStack({
      env: {
        BURST_QUIET_MS: '50',
        BURST_MAX_WAIT_MS: '300',
        // Everything twenty times as impatient: looked at twice a second, over after one and a half.
        TIME_SCALE: '0.05',
        ALERT_WEBHOOK_URL: webhook.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
      },
    })
    bridge = await stack.startBridge()
    await bridge.ready()
  })
  afterAll(async () => {
    await stack?.stop()
    await webhook?.close()
    await collector?.close()
  })

  const heard = (event: string, key: string) =>
    webhook.taken.filter((body) => body.event === event && body.key === key).length
  const untilHeard = (event: string, key: string) =>
    waitUntil(() => heard(event, key) > 0, {
      what: `${key} is ${event}: ${JSON.stringify(webhook.taken.map((body) => `${body.event} ${body.key}`))}`,
      timeoutMs: 60_000,
    })
  const newCustomer = () => stack.simulator.addCustomer({ name: '小雨' }).externalUserId
  const answers = (externalUserId: string) =>
    stack.simulator.delivered().filter((record) => record.externalUserId === externalUserId)

  const kefu = async (...argv: string[]) =>
    (await run(process.execPath, [CLI, ...argv], { env: { PATH: process.env.PATH, ...stack.bridgeEnv } })).stdout

  it('tells the whole story of a message by its id, and by that of its answer', async () => {
    const externalUserId = newCustomer()
    stack.simulator.customerWrites({ externalUserId, text: '请问几点开门？' })
    await waitUntil(() => answers(externalUserId).length > 0, { what: 'an answer', timeoutMs: 20_000 })
    const ours = await waitUntil(() => /"msgid":"([0-9a-f]{32})"[^\n]*send\.sent/.exec(bridge.output())?.[1], {
      what: 'the log of the sent part',
    })
    const story = JSON.parse(await kefu('trace', ours, '--json'))
    expect(story).toMatchObject({ message: { type: 'text', origin: 3 }, parts: [{ state: 'sent', msgid: ours }] })
    expect(story.message).not.toHaveProperty('text')
    const text = await kefu('trace', story.message.msgid, '--lang', 'en')
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/pulled and stored .* answer stored: .* deepseek .* sent: text/)
    expect(text).not.toContain('几点开门')
    await expect(kefu('trace', 'no-such-message')).rejects.toThrow(/没有这条消息|there is no message/)
  })

  it('hands the turn to the collector as one trace, without a word of it', async () => {
    const names = () => new Set(collector.spans.map(({ name }) => name))
    await waitUntil(() => names().has('turn'), { what: 'a trace', timeoutMs: 20_000 })
    expect(names()).toEqual(new Set(['turn', 'callback and pull', 'wait', 'answer', 'send']))
    const root = collector.spans.find(({ name }) => name === 'turn')
    const children = collector.spans.filter((span) => span.parentSpanId === root?.spanId)
    expect(new Set(children.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]))
    for (const { startTimeUnixNano: from, endTimeUnixNano: to } of collector.spans) {
      expect(BigInt(to)).toBeGreaterThanOrEqual(BigInt(from))
    }
    expect(collector.requests[0]).toEqual({ path: '/v1/traces', authorization: 'Bearer collector' })
    expect(JSON.stringify(collector.spans)).not.toContain('几点开门')
  })

  it('tells of a model that fails, and when it answers again', async () => {
    stack.model.behave({ kind: 'status', status: 500 }, 1000)
    const externalUserId = newCustomer()
    stack.simulator.customerWrites({ externalUserId, text: '模型坏了' })
    await untilHeard('opened', 'model')
    stack.model.behave({ kind: 'status', status: 500 }, 0)
    stack.simulator.customerWrites({ externalUserId: newCustomer(), text: '好了吗' })
    await untilHeard('closed', 'model')
    expect([heard('opened', 'model'), heard('closed', 'model')]).toEqual([1, 1])
  })

  it('tells of parked messages, and that they were dealt with', async () => {
    stack.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode: 40201 }, times: 1 })
    stack.simulator.customerWrites({ externalUserId: newCustomer(), text: '发不出去' })
    await untilHeard('opened', 'parked')
    expect(webhook.taken.find(({ key }) => key === 'parked')).toMatchObject({
      severity: 'warning',
      detail: { en: '1' },
    })
    const { entries } = JSON.parse(await kefu('parked', 'list', '--json'))
    await kefu('parked', 'drop', entries[0].id)
    await untilHeard('closed', 'parked')
  })

  it('tells of an address that is not trusted, with the address', async () => {
    stack.simulator.addFault({ endpoint: 'gettoken', action: { kind: 'errcode', errcode: 60020 } })
    stack.simulator.revokeAccessTokens()
    stack.simulator.customerWrites({ externalUserId: newCustomer(), text: '在吗' })
    await untilHeard('opened', 'untrusted-address')
    expect(heard('opened', 'token-refused')).toBe(0)
    stack.simulator.clearFaults()
  })

  it('shows the alerts that are open among its metrics, and no webhook in its log', async () => {
    const metrics = await (await fetch(new URL('/metrics', bridge.url))).text()
    expect(metrics).toMatch(/kefu_alert_open\{alert="[\w:-]+"\} 1/)
    expect(metrics).toContain('kefu_job_held{job="alerts"} 1')
    expect(bridge.output()).not.toContain(webhook.url)
  })
})
