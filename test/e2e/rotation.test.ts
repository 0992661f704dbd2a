/** Every secret is changed while customers write, as docs/operating.md says to, and no message is lost or answered twice. */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRecords, MESSAGE_ID } from '../chaos/check-records.ts'
import { isMissing } from '../support/available-servers.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts'
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts'

/** So many that nobody writes faster than the service desk allows. */
const CUSTOMERS = 300

const newSecret = () => randomBytes(24).toString('hex')
const newAesKey = () =>
  randomBytes(64)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, 'x')
    .slice(0, 43)

const USER = 'kefu'

function toUrl(postgres: PostgresServer, password: string): string {
  const url = new URL(postgres.url)
  url.username = USER
  url.password = password
  return url.href
}

async function asSuperuser(postgres: PostgresServer, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

function toSettings(rabbitmq: RabbitmqServer | undefined): Record<string, string> {
  if (rabbitmq === undefined) return {}
  const { host, port, username, password } = rabbitmq.address
  return {
    RABBITMQ_HOST: host,
    RABBITMQ_PORT: String(port),
    RABBITMQ_USERNAME: username,
    RABBITMQ_PASSWORD: password,
  }
}

describe('while customers write', () => {
  let stack: Stack
  let bridge: BridgeProcess
  let rabbitmq: RabbitmqServer | undefined
  let postgres: PostgresServer | undefined
  let webhooks: WebhookReceiver[] = []
  let customers: string[] = []
  let written = 0
  let timer: NodeJS.Timeout

  beforeAll(async () => {
    // Servers of its own, because their passwords are changed.
    const password = newSecret()
    ;[rabbitmq, postgres, ...webhooks] = await Promise.all([
      isMissing('rabbitmq') ? undefined : startRabbitmqServer(),
      isMissing('postgres') ? undefined : startPostgresServer({ password: newSecret() }),
      startWebhookReceiver(),
      startWebhookReceiver(),
    ])
    if (postgres !== undefined) {
      await asSuperuser(
        postgres,
        `create role ${USER} login password '${password}'`,
        `grant create on schema public to ${USER}`,
      )
    }
    stack = await startStack({
      model: { reply: (body) => `收到 ${askedTexts(body).join(' ').match(MESSAGE_ID)?.join(' ') ?? ''}` },
      env: {
        BURST_QUIET_MS: '50',
        BURST_MAX_WAIT_MS: '300',
        TIME_SCALE: '0.2',
        CONSOLE_PASSWORD: 'the-first-password',
        ALERT_WEBHOOK_URL: webhooks[0]?.url ?? '',
        ...(postgres && { DATABASE_URL: toUrl(postgres, password) }),
        ...toSettings(rabbitmq),
      },
    })
    bridge = await stack.startBridge()
    await bridge.ready()
    customers = Array.from(
      { length: CUSTOMERS },
      (_, n) => stack.simulator.addCustomer({ name: `客户${n}` }).externalUserId,
    )
    timer = setInterval(() => {
      written += 1
      const externalUserId = customers[written % CUSTOMERS] ?? ''
      stack.simulator.customerWrites({ externalUserId, text: `请问 m${String(written).padStart(5, '0')} 怎么办？` })
    }, 60)
  })
  afterAll(async () => {
    clearInterval(timer)
    await stack?.stop()
    await Promise.all([rabbitmq?.stop(), postgres?.stop(), ...webhooks.map((one) => one.close())])
  })

  const verdict = () => checkRecords(stack.simulator.records().records)
  /** Messages that are written from now on are answered. */
  const untilAnswered = () => {
    const enough = verdict().answeredOnce + 10
    return waitUntil(() => verdict().answeredOnce >= enough, {
      what: `answers\n${bridge.output().slice(-1500)}\n${stack.edge.output().slice(-1500)}`,
      timeoutMs: 40_000,
    })
  }
  let bridgeEnv: Record<string, string> = {}
  const restartBridge = async (changed: Record<string, string>) => {
    bridgeEnv = { ...bridgeEnv, ...changed }
    await bridge.kill('SIGTERM')
    bridge = await stack.startBridge(bridgeEnv)
  }

  it('the secrets of the Worker are changed: it takes both, then the console and the bridge follow', async () => {
    await untilAnswered()
    const previous = stack.edgeSecrets()
    const [bridgeToken, token, aesKey] = [newSecret(), newSecret().slice(0, 32), newAesKey()]
    await stack.restartEdge({
      BRIDGE_TOKEN: bridgeToken,
      BRIDGE_TOKEN_PREVIOUS: previous.BRIDGE_TOKEN ?? '',
      WECHAT_TOKEN: token,
      WECHAT_TOKEN_PREVIOUS: previous.WECHAT_TOKEN ?? '',
      WECHAT_AESKEY: aesKey,
      WECHAT_AESKEY_PREVIOUS: previous.WECHAT_AESKEY ?? '',
    })
    await untilAnswered()
    await stack.simulator.setCallback({ token, aesKey })
    await untilAnswered()
    const callbacks = stack.simulator.records().records.filter((record) => record.kind === 'callback')
    expect(callbacks.at(-1)).toMatchObject({ outcome: 'accepted' })
    await restartBridge({ BRIDGE_TOKEN: bridgeToken })
    await bridge.ready()
    await untilAnswered()
  })

  it('the Secret is reset in the console, and the bridge is started with it and all that is a matter of its own', async () => {
    const open = async (password: string) => {
      const authorization = `Basic ${Buffer.from(`any:${password}`).toString('base64')}`
      return (await fetch(bridge.url, { headers: { authorization } })).status
    }
    expect([await open('the-first-password'), await open('another-password')]).toEqual([200, 401])
    const secret = newSecret()
    stack.simulator.resetSecret({ secret })
    await restartBridge({
      WECHAT_SECRET: secret,
      DEEPSEEK_API_KEY: 'another',
      CONSOLE_PASSWORD: 'another-password',
      ALERT_WEBHOOK_URL: webhooks[1]?.url ?? '',
    })
    await bridge.ready()
    expect([await open('the-first-password'), await open('another-password')]).toEqual([401, 200])
    await untilAnswered()
  })

  it('the passwords of broker and database are changed, and the bridge is started again with them', async () => {
    const password = newSecret()
    if (rabbitmq !== undefined) {
      await rabbitmq.control('change_password', rabbitmq.address.username, password)
      await untilAnswered()
    }
    if (postgres !== undefined) {
      // New connections are refused from now on, and the old ones end as they do in time: the worst that the change can bring.
      await asSuperuser(
        postgres,
        `alter role ${USER} password '${password}'`,
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${USER}'`,
      )
      await waitUntil(() => bridge.output().includes('it refuses the user or the password'), { what: 'the refusal' })
      // Told at the address that came last, and only there.
      const told = () => webhooks.map(({ taken }) => taken.filter(({ key }) => key === 'database').length)
      await waitUntil(() => told()[1] === 1, { what: 'the alert', timeoutMs: 30_000 })
      expect(told()).toEqual([0, 1])
    }
    await restartBridge({
      ...(rabbitmq && { RABBITMQ_PASSWORD: password }),
      ...(postgres && { DATABASE_URL: toUrl(postgres, password) }),
    })
    await bridge.ready()
    await untilAnswered()
  })

  it('and in all that time nothing was lost, doubled or out of order', async () => {
    clearInterval(timer)
    await waitUntil(() => verdict().lost.length === 0, { what: 'the last answers', timeoutMs: 40_000 })
    const { answeredTwice, outOfOrder, answeredOnce, needlessApologies, apologised } = verdict()
    expect({ answeredTwice, outOfOrder, needlessApologies, apologised }).toEqual({
      answeredTwice: [],
      outOfOrder: [],
      needlessApologies: 0,
      apologised: [],
    })
    expect(answeredOnce).toBe(written)
  })
})
