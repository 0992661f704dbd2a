/** Everything that a benchmark runs on: the stack with one bridge and an instant model, on one of the two set-ups. */
import { runCli } from '../../bridge/cli/run-cli.ts'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts'
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.ts'
import { askedTexts, type ModelRequest } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type AnswerTracker, createAnswerTracker, ID } from './answer-tracker.ts'

export type Engine = 'sqlite' | 'postgres'

export const ENGINE_TITLES: Readonly<Record<Engine, string>> = {
  sqlite: 'SQLite, in-process',
  postgres: 'PostgreSQL, RabbitMQ',
}

/** The servers of one set-up, started once; every stack on them has a database of its own. */
export interface BenchServers {
  readonly engine: Engine
  newSettings(): Promise<Record<string, string>>
  stop(): Promise<void>
}

export async function startBenchServers(engine: Engine): Promise<BenchServers> {
  if (engine === 'sqlite') return { engine, newSettings: async () => ({}), stop: async () => undefined }
  const servers: [RabbitmqServer, PostgresServer] = await Promise.all([startRabbitmqServer(), startPostgresServer()])
  const [rabbitmq, postgres] = servers
  const { host, port, username, password, vhost } = rabbitmq.address
  return {
    engine,
    newSettings: async () => ({
      DATABASE_URL: await postgres.createDatabase(),
      RABBITMQ_HOST: host,
      RABBITMQ_PORT: String(port),
      RABBITMQ_USERNAME: username,
      RABBITMQ_PASSWORD: password,
      RABBITMQ_VHOST: vhost,
    }),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  }
}

export interface BenchStack {
  readonly stack: Stack
  readonly tracker: AnswerTracker
  /** Of the bridge, those of its database included. */
  readonly settings: Readonly<Record<string, string>>
  readonly bridge: BridgeProcess
  /** A customer writes a text of its own; returns its id. */
  write(customer: string): string
  customers(count: number): string[]
  /** Kills the bridge and starts it again, both as told. */
  restartBridge(over?: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
}

export async function startBenchStack(
  servers: BenchServers,
  over: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const settings = { BURST_QUIET_MS: '0', ...(await servers.newSettings()), ...over }
  const stack = await startStack({
    env: settings,
    model: { reply: echoIds },
    // The reconciler's pulls are not what is measured.
    simulator: { switches: { tokenlessSyncsPerMinute: null } },
  })
  try {
    const tracker = createAnswerTracker(stack.simulator)
    let bridge = await startReady(stack)
    // One customer of a benchmark writes more than a person can.
    await liftLimits(stack, bridge)
    let lastId = 0
    return {
      stack,
      tracker,
      settings,
      get bridge() {
        return bridge
      },
      write(externalUserId) {
        lastId += 1
        const id = `m${lastId}`
        tracker.wrote(id)
        stack.simulator.customerWrites({ externalUserId, text: `请问 ${id} 什么时候到货？` })
        return id
      },
      customers: (count) =>
        Array.from({ length: count }, (_, index) => {
          return stack.simulator.addCustomer({ name: `客户${index}` }).externalUserId
        }),
      async restartBridge(changes) {
        if (bridge.exit() === undefined) await bridge.kill('SIGKILL')
        bridge = await startReady(stack, changes)
      },
      stop: stack.stop,
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function startReady(stack: Stack, over?: Readonly<Record<string, string>>): Promise<BridgeProcess> {
  const bridge = await stack.startBridge(over)
  await bridge.ready().catch((cause: unknown) => {
    throw new Error(`the bridge is not ready\n${bridge.output().slice(-3000)}`, { cause })
  })
  return bridge
}

async function liftLimits(stack: Stack, bridge: BridgeProcess): Promise<void> {
  const argv = ['settings', 'set', 'limits.perCustomerPerMinute', '0']
  const errors: string[] = []
  const stderr = (text: string) => void errors.push(text)
  const code = await runCli({ argv, env: { ...stack.bridgeEnv }, stdout: () => undefined, stderr })
  if (code !== 0) throw new Error(`the limits stay: ${errors.join('')}`)
  await waitUntil(() => bridge.output().includes('settings.changed'), {
    what: 'the limits are lifted',
    timeoutMs: 10_000,
  })
}

/** The answer names every message of the turn, so that it proves which ones it is for. */
function echoIds(body: ModelRequest): string {
  return `收到 ${(askedTexts(body).join(' ').match(ID) ?? []).join(' ')}`
}
