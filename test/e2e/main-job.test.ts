import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Simulator } from '../simulator/create-simulator.ts'
import { isMissing } from '../support/available-servers.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { launchBrowser } from '../support/browser.ts'
import { sharedRabbitmq } from '../support/shared-servers.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const BUSES = [
  { bus: 'the in-process bus', isMissing: () => false, env: async () => ({}) },
  {
    bus: 'RabbitMQ',
    isMissing: () => isMissing('rabbitmq'),
    async env() {
      const { host, port, username, password, vhost } = await sharedRabbitmq()
      return {
        RABBITMQ_HOST: host,
        RABBITMQ_PORT: String(port),
        RABBITMQ_USERNAME: username,
        RABBITMQ_PASSWORD: password,
        RABBITMQ_VHOST: vhost,
      }
    },
  },
]

/** Texts that reached this customer, in order. */
function received(simulator: Simulator, externalUserId: string): string[] {
  return simulator
    .delivered()
    .filter((record) => record.externalUserId === externalUserId)
    .map((record) => record.text)
}

for (const { bus, isMissing: isBusMissing, env } of BUSES) {
  describe.skipIf(isBusMissing())(`a customer's message over ${bus}`, () => {
    let stack: Stack
    let bridge: BridgeProcess

    beforeAll(async () => {
      stack = await startStack({
        // The answer repeats the whole turn, so it proves which messages it is for.
        model: { reply: (body) => `收到：${askedTexts(body).join('、')}` },
        env: { BURST_QUIET_MS: '200', BURST_MAX_WAIT_MS: '1000', ...(await env()) },
      })
      bridge = await stack.startBridge()
      await bridge.ready()
    })
    afterAll(() => stack?.stop())

    const newCustomer = () => stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) }).externalUserId
    const untilReceived = (externalUserId: string, count: number) =>
      waitUntil(() => received(stack.simulator, externalUserId).length >= count, {
        what: `${count} answers\n${bridge.output().slice(-3000)}`,
        timeoutMs: 30_000,
      })
    const restart = async () => {
      bridge = await stack.startBridge()
      await bridge.ready()
    }

    it('is answered', async () => {
      const externalUserId = newCustomer()
      stack.simulator.customerWrites({ externalUserId, text: '你好' })
      await untilReceived(externalUserId, 1)
      expect(received(stack.simulator, externalUserId)).toEqual(['收到：你好'])
    })

    it('is answered together with what follows at once, and once', async () => {
      const externalUserId = newCustomer()
      for (const text of ['一', '二', '三']) stack.simulator.customerWrites({ externalUserId, text })
      await untilReceived(externalUserId, 1)
      const [answer] = received(stack.simulator, externalUserId)
      expect(answer?.replaceAll('\n', '、')).toBe('收到：一、二、三')
    })

    it('is answered whatever kind it is of', async () => {
      const externalUserId = newCustomer()
      stack.simulator.customerSends({
        externalUserId,
        msgtype: 'location',
        body: { latitude: 1, longitude: 2, name: '天安门', address: '北京' },
      })
      await untilReceived(externalUserId, 1)
      stack.simulator.customerSends({ externalUserId, msgtype: 'hologram', body: {} })
      await untilReceived(externalUserId, 2)
      const answers = received(stack.simulator, externalUserId)
      expect(answers[0]).toContain('天安门')
    })

    it('does not wait for another customer', async () => {
      const [slow, quick] = [newCustomer(), newCustomer()]
      stack.model.behave({ kind: 'delay', ms: 4000 }, 1)
      stack.simulator.customerWrites({ externalUserId: slow, text: '慢' })
      await waitUntil(() => stack.model.requests.some((body) => askedTexts(body).includes('慢')), {
        what: 'the slow call',
      })
      stack.simulator.customerWrites({ externalUserId: quick, text: '快' })
      await untilReceived(quick, 1)
      expect(received(stack.simulator, slow)).toEqual([])
      await untilReceived(slow, 1)
    })

    it('is answered once after kill -9 between the stored answer and its sending', async () => {
      const externalUserId = newCustomer()
      const stored = () => bridge.output().split('reply.stored').length
      const tokenCalls = () => stack.simulator.calls().gettoken ?? 0
      const [storedBefore, callsBefore, asked] = [stored(), tokenCalls(), stack.model.requests.length]
      stack.model.behave({ kind: 'delay', ms: 500 }, 1)
      stack.simulator.customerWrites({ externalUserId, text: '断电' })
      await waitUntil(() => stack.model.requests.length > asked, { what: 'the model is asked' })
      // From here on the answer can be stored but not sent: there is no access token to be had.
      stack.simulator.addFault({ endpoint: 'gettoken', action: { kind: 'silence' } })
      stack.simulator.revokeAccessTokens()
      await waitUntil(() => stored() > storedBefore && tokenCalls() > callsBefore, { what: 'the answer is stored' })
      expect(received(stack.simulator, externalUserId)).toEqual([])
      await bridge.kill('SIGKILL')
      stack.simulator.clearFaults()
      await restart()
      await untilReceived(externalUserId, 1)
      expect(received(stack.simulator, externalUserId)).toEqual(['收到：断电'])
    })

    it('is answered once after kill -9 when the platform has taken the answer and nobody knows', async () => {
      const externalUserId = newCustomer()
      stack.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'silence', takesEffect: true }, times: 1 })
      stack.simulator.customerWrites({ externalUserId, text: '未知' })
      await untilReceived(externalUserId, 1)
      await bridge.kill('SIGKILL')
      await restart()
      await waitUntil(() => stack.simulator.refused().some((record) => record.errcode === 95033), {
        what: 'the resend is refused',
      })
      await untilReceived(externalUserId, 1)
      expect(received(stack.simulator, externalUserId)).toEqual(['收到：未知'])
    })

    it('is answered when it was written while no bridge ran', async () => {
      const externalUserId = newCustomer()
      await bridge.kill('SIGKILL')
      stack.simulator.customerWrites({ externalUserId, text: '有人吗' })
      await stack.simulator.callbacksSettled()
      await restart()
      await untilReceived(externalUserId, 1)
    })

    it('is answered after the edge was killed and came back', async () => {
      const externalUserId = newCustomer()
      await stack.restartEdge()
      stack.simulator.customerWrites({ externalUserId, text: '还在吗' })
      await untilReceived(externalUserId, 1)
    })

    it('is answered by a bridge that was told to end, which then ends within 10 s', async () => {
      const externalUserId = newCustomer()
      stack.model.behave({ kind: 'delay', ms: 2000 }, 1)
      const asked = stack.model.requests.length
      stack.simulator.customerWrites({ externalUserId, text: '再见' })
      await waitUntil(() => stack.model.requests.length > asked, { what: 'the model is asked' })
      const startedAt = performance.now()
      await bridge.kill('SIGTERM')
      expect(performance.now() - startedAt).toBeLessThan(10_000)
      expect(bridge.exit()).toBe('ended by exit code 0')
      expect(received(stack.simulator, externalUserId)).toEqual(['收到：再见'])
      await restart()
    })

    it('never shows up in a log, and neither does a secret', async () => {
      const externalUserId = newCustomer()
      const words = `机密-${randomUUID()}`
      stack.model.behave({ kind: 'status', status: 500 }, 1)
      stack.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'html' }, times: 1 })
      stack.simulator.customerWrites({ externalUserId, text: words })
      await untilReceived(externalUserId, 1)
      expect(bridge.output()).toContain('send.retry')
      expect(bridge.output()).not.toContain(words)
      expect(bridge.output()).not.toMatch(/access_token=|corpsecret=/)
    })

    it('says over HTTP whether it is ready, and counts', async () => {
      const ready = await fetch(new URL('/readyz', bridge.url))
      expect(await ready.json()).toMatchObject({ ready: true })
      const metrics = await (await fetch(new URL('/metrics', bridge.url))).text()
      expect(metrics).toMatch(/kefu_parts_sent_total [1-9]/)
      expect(metrics).toContain('kefu_stage_seconds')
    })
  })
}

describe.skipIf(isMissing('chromium'))('the phone page with the whole stack behind it', () => {
  it('shows the answer to what a person types', async () => {
    const stack = await startStack({ simulator: { customers: [{ name: '小雨' }] }, env: { BURST_QUIET_MS: '100' } })
    onTestFinished(() => stack.stop())
    const bridge = await stack.startBridge()
    await bridge.ready()
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1100, height: 760 } })
    await page.goto(stack.simulator.url)
    await page.getByText('小雨').first().click()
    await page.getByLabel('输入消息').fill('请问几点开门？')
    await page.getByLabel('输入消息').press('Enter')
    await page.getByRole('log').getByText('我是替身模型').waitFor({ timeout: 15_000 })
    expect(await page.getByRole('log').innerText()).toContain('请问几点开门？')
  })
})
