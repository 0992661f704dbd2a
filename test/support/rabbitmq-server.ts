/**
 * A private RabbitMQ node from the system's package: own epmd, own data, 127.0.0.1 only, gone without a trace after `stop`.
 * A fresh node takes 7 to 10 s, so a test run shares one (see shared-servers.ts); whoever kills it starts his own.
 */
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect } from 'amqplib'
import { freePort } from './free-port.ts'
import { isListening } from './is-listening.ts'
import { type ProcessGroup, startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

export interface RabbitmqAddress {
  host: string
  port: number
  username: string
  password: string
  vhost: string
}

export interface RabbitmqServer {
  readonly address: RabbitmqAddress
  /** SIGKILL to the whole node, its data kept. */
  kill9(): Promise<void>
  /** Starts the node again on the same port and data; resolves when it takes connections. */
  restart(): Promise<void>
  /** Runs `rabbitmqctl` on the node; takes a second or two. */
  control(...args: string[]): Promise<void>
  /** Ends the node and removes its data. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 90_000

/** The newest installed `rabbitmq-server` script. The one in /usr/sbin is not it: that one changes user and wants a system node. */
export function findRabbitmq(): string | undefined {
  const scripts = globSync('/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server')
  return scripts.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1)
}

export async function startRabbitmqServer(): Promise<RabbitmqServer> {
  const script = findRabbitmq()
  if (script === undefined) throw new Error('RabbitMQ is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'kefu-rabbitmq-'))
  const [port, epmdPort, distributionPort] = [await freePort(), await freePort(), await freePort()]
  const address = { host: '127.0.0.1', port, username: 'guest', password: 'guest', vhost: '/' }
  const env = nodeEnvironment(folder, port, epmdPort, distributionPort)
  await writeNodeFiles(folder, port)

  const epmd = startProcessGroup('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { cwd: folder, env })
  let node: ProcessGroup | undefined

  const start = async () => {
    node = startProcessGroup('/bin/sh', [script], { cwd: folder, env })
    await waitUntilReady(node, address)
  }
  const kill9 = async () => {
    await node?.kill('SIGKILL')
    // The shell that started it is gone at once; the node itself takes a moment longer.
    await waitUntil(async () => !(await isListening(port)), { what: 'RabbitMQ lets its port go' })
  }
  const stop = async () => {
    await kill9()
    await epmd.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }

  try {
    await waitUntil(() => isListening(epmdPort), { what: 'epmd listens' })
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    address,
    kill9,
    async restart() {
      await kill9()
      await start()
    },
    async control(...args) {
      await promisify(execFile)(join(script, '..', 'rabbitmqctl'), args, { cwd: folder, env, timeout: 30_000 })
    },
    stop,
  }
}

function nodeEnvironment(folder: string, port: number, epmdPort: number, distributionPort: number) {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `kefu_${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_BASE: folder,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    // Without the ending: the scripts of some versions add it.
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // Otherwise the distribution port listens on every interface, and each node leaves an epmd behind.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false',
  }
}

async function writeNodeFiles(folder: string, port: number): Promise<void> {
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'loopback_users = none',
    'log.file.level = warning',
    'disk_free_limit.absolute = 50MB',
  ]
  await mkdir(join(folder, 'home'))
  await writeFile(join(folder, 'rabbitmq.conf'), `${settings.join('\n')}\n`)
  await writeFile(join(folder, 'enabled_plugins'), '[].\n')
}

async function waitUntilReady(node: ProcessGroup, { host, port, username, password }: RabbitmqAddress): Promise<void> {
  const isReady = async () => {
    const exit = node.exit()
    if (exit !== undefined) throw new Error(`RabbitMQ ${exit}\n${node.output()}`)
    try {
      const connection = await connect({ hostname: host, port, username, password }, { timeout: 5_000 })
      await connection.close()
      return true
    } catch {
      return false
    }
  }
  await waitUntil(isReady, { what: 'RabbitMQ takes connections', timeoutMs: START_TIMEOUT_MS, everyMs: 100 })
}
