/** Several bridges on one database: who does what, what happens when the one that does it stalls or dies, and who is kept out. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../bridge/cli/run-cli.ts'
import { isMissing } from '../support/available-servers.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { sharedPostgresDatabase, sharedRabbitmq } from '../support/shared-servers.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Leases of 20 s last 2 s. */
const TIME_SCALE = '0.1'
/** Longer than any of them: what is promised within 30 s, and room for a busy machine. */
const TAKEN_OVER_MS = 10_000

/** Promised of every setting. */
const EFFECTIVE_MS = 5000

const SET_UPS = [
  {
    title: 'three on PostgreSQL and RabbitMQ',
    processes: 3,
    isOneFile: false,
    isMissing: () => isMissing('rabbitmq') || isMissing('postgres'),
    env: serverSettings,
  },
  { title: 'two on one SQLite file', processes: 2, isOneFile: true, isMissing: () => false, env: async () => ({}) },
]

async function serverSettings() {
  const { host, port, username, password, vhost } = await sharedRabbitmq()
  return {
    DATABASE_URL: await sharedPostgresDatabase(),
    RABBITMQ_HOST: host,
    RABBITMQ_PORT: String(port),
    RABBITMQ_USERNAME: username,
    RABBITMQ_PASSWORD: password,
    RABBITMQ_VHOST: vhost,
  }
}

for (const { title, processes, isOneFile, isMissing: isSetUpMissing, env } of SET_UPS) {
  describe.skipIf(isSetUpMissing())(`bridges, ${title}`, () => {
    let stack: Stack
    let bridges: BridgeProcess[]

    beforeAll(async () => {
      stack = await startStack({
        model: { reply: (body) => `收到：${askedTexts(body).join('、')}` },
        env: { TIME_SCALE, BURST_QUIET_MS: '50', ...(await env()) },
      })
      bridges = []
      for (let process = 0; process < processes; process += 1) bridges.push(await stack.startBridge())
      await waitUntil(() => holderOf('relay'), { what: 'one bridge holds the relay' })
      await Promise.all(bridges.map((bridge) => bridge.ready()))
    })
    afterAll(() => stack?.stop())

    /** The process that took the job last. */
    const holderOf = (job: string): BridgeProcess | undefined =>
      bridges
        .flatMap((bridge) =>
          [...bridge.output().matchAll(/"time":"([^"]+)","job":"([\w-]+)","msg":"job.gained"/g)]
            .filter(([, , name]) => name === job)
            .map(([, time = '']) => ({ bridge, time })),
        )
        .sort((one, other) => one.time.localeCompare(other.time))
        .at(-1)?.bridge

    const received = (externalUserId: string) =>
      stack.simulator
        .delivered()
        .filter((record) => record.externalUserId === externalUserId)
        .map((record) => record.text)
    const write = (text: string) => {
      const { externalUserId } = stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) })
      stack.simulator.customerWrites({ externalUserId, text })
      return externalUserId
    }
    const untilReceived = async (externalUserId: string) => {
      await waitUntil(() => received(externalUserId).length > 0, { what: 'an answer', timeoutMs: 20_000 })
      return received(externalUserId)
    }
    const othersThan = (bridge: BridgeProcess) => bridges.filter((other) => other !== bridge)

    it('keep to their share of the platform’s limits', async () => {
      const shares = bridges.map(
        (bridge) => () => bridge.output().includes(`"processes":${processes},"msg":"calls.shared"`),
      )
      await waitUntil(() => shares.every((knows) => knows()), { what: 'each knows of the others', timeoutMs: 20_000 })
    })

    it('ask for one token when it is revoked, however many they are', async () => {
      await untilReceived(write('第一条'))
      const answeredAt = Date.now()
      // One that is younger than 5 s is not asked for again: the next one would be refused as well.
      await waitUntil(() => Date.now() - answeredAt > 5500, { what: 'the token is older' })
      const before = stack.simulator.calls().gettoken ?? 0
      stack.simulator.revokeAccessTokens()
      const customers = Array.from({ length: 30 }, (_, index) => write(`撤销后 ${index}`))
      for (const customer of customers) expect(await untilReceived(customer)).toHaveLength(1)
      expect((stack.simulator.calls().gettoken ?? 0) - before).toBe(1)
    })

    // One that is stopped amid a write holds SQLite's lock, and with it everybody.
    if (!isOneFile)
      it('take the relay over from one that stalls, which is fenced off when it wakes', async () => {
        const stalled = await waitUntil(() => holderOf('relay'), { what: 'somebody holds the relay' })
        process.kill(stalled.pid, 'SIGSTOP')
        try {
          await waitUntil(() => holderOf('relay') !== stalled, { what: 'another takes over', timeoutMs: TAKEN_OVER_MS })
          expect(await untilReceived(write('有人吗'))).toEqual(['收到：有人吗'])
        } finally {
          process.kill(stalled.pid, 'SIGCONT')
        }
        const customers = Array.from({ length: 10 }, (_, index) => write(`醒来 ${index}`))
        for (const [index, customer] of customers.entries()) {
          expect(await untilReceived(customer)).toEqual([`收到：醒来 ${index}`])
        }
        expect(holderOf('relay')).not.toBe(stalled)
      })

    it('are not in the way of one on another database, which is kept off the mailbox and says so', async () => {
      const foreign = await stack.startBridge({
        DATA_DIR: join(stack.folder, 'foreign'),
        DATABASE_URL: '',
        RABBITMQ_HOST: '',
      })
      await waitUntil(
        async () => (await (await fetch(new URL('/readyz', foreign.url))).text()).includes('another database'),
        { what: 'the reason on /readyz' },
      )
      expect(await untilReceived(write('谁来回答'))).toEqual(['收到：谁来回答'])
      // Nor does it answer what it pulls by itself.
      await waitUntil(() => foreign.output().includes('relay.other-database'), { what: 'a pull that is held back' })
      expect(foreign.output()).not.toMatch(/send\.sent|fetch\.page/)
      await foreign.kill('SIGTERM')
    })

    it('go on when the holder of every job is killed', async () => {
      const customer = write('之前')
      const killed = await waitUntil(() => holderOf('relay'), { what: 'somebody holds the relay' })
      await killed.kill('SIGKILL')
      bridges = othersThan(killed)
      expect(await untilReceived(customer)).toEqual(['收到：之前'])
      await waitUntil(() => holderOf('relay'), { what: 'another takes the relay', timeoutMs: TAKEN_OVER_MS })
      expect(await untilReceived(write('之后'))).toEqual(['收到：之后'])
    })
  })
}

describe('two bridges on one SQLite file that share the roles', () => {
  let stack: Stack
  beforeAll(async () => {
    // As quick as in real life: how soon a setting takes effect is looked at.
    stack = await startStack({ env: { BURST_QUIET_MS: '50' } })
    const rest = await stack.startBridge({ ROLES: 'parse,reply,console' })
    const first = await stack.startBridge({ ROLES: 'relay,fetch,console' })
    await Promise.all([first.ready(), rest.ready()])
  })
  afterAll(() => stack?.stop())

  it.each(['text', 'location'])('answer a %s, though neither can wake the other', async (msgtype) => {
    const { externalUserId } = stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) })
    if (msgtype === 'text') stack.simulator.customerWrites({ externalUserId, text: '在吗' })
    else stack.simulator.customerSends({ externalUserId, msgtype, body: { latitude: 1, longitude: 2, name: '总部' } })
    const answers = () => stack.simulator.delivered().filter((record) => record.externalUserId === externalUserId)
    await waitUntil(() => answers().length > 0, { what: 'an answer', timeoutMs: 20_000 })
    expect(answers()).toHaveLength(1)
  })

  it('both go by a setting within 5 s of its change', async () => {
    const outcomes: string[] = []
    const write = (text: string) => void outcomes.push(text)
    const set = (key: string, value: string) =>
      runCli({ argv: ['settings', 'set', key, value], env: stack.bridgeEnv, stdout: write, stderr: write })
    // The welcome is planned by the one that fetches, the persona is told to the model by the one that replies.
    expect(
      [await set('welcome.text', '新的欢迎语'), await set('answer.persona', '你叫小新。')],
      outcomes.join(),
    ).toEqual([0, 0])
    const changedAt = Date.now()
    await waitUntil(() => Date.now() - changedAt >= EFFECTIVE_MS, { what: '5 s are over', timeoutMs: 10_000 })

    const { externalUserId } = stack.simulator.addCustomer({ name: randomUUID().slice(0, 8) })
    stack.simulator.customerEnters({ externalUserId })
    stack.simulator.customerWrites({ externalUserId, text: '在吗' })
    const received = () => stack.simulator.delivered().filter((record) => record.externalUserId === externalUserId)
    await waitUntil(() => received().length >= 2, { what: 'a welcome and an answer', timeoutMs: 20_000 })
    expect(received().map(({ text }) => text)).toContain('新的欢迎语')
    expect(JSON.stringify(stack.model.requests.at(-1))).toContain('你叫小新。')
  })
})
