/**
 * `npm run bench`: what the bridge costs, measured from outside on this machine with the real Worker and the simulated WeCom.
 * Nothing is asserted: numbers depend on the machine, which is printed along.
 */
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { findPostgres } from '../support/postgres-server.ts'
import { findRabbitmq } from '../support/rabbitmq-server.ts'
import { type BenchServers, ENGINE_TITLES, type Engine, startBenchServers } from './bench-stack.ts'
import { measureCosts } from './parts/costs.ts'
import { measureHundred } from './parts/hundred.ts'
import { measureKnowledge } from './parts/knowledge.ts'
import { measureMemory } from './parts/memory.ts'
import { measureMillion } from './parts/million.ts'
import { measureNeighbours } from './parts/neighbours.ts'
import { measureOverhead } from './parts/overhead.ts'
import { measureParse } from './parts/parse.ts'
import { measureRecovery } from './parts/recovery.ts'
import { measureThroughput } from './parts/throughput.ts'
import { measureVoices } from './parts/voices.ts'
import { measureWelcome } from './parts/welcome.ts'
import { createReport, type Report } from './report.ts'

interface Part {
  run: (servers: BenchServers, report: Report) => Promise<void>
  what: string
  /** Needs no servers, so it is run once. */
  isAlone?: boolean
  /** Only when it is named, or with --full. */
  isLong?: boolean
}

const PARTS: Readonly<Record<string, Part>> = {
  overhead: { run: measureOverhead, what: 'callback to send with an instant model, at 10, 50 and 200 messages/s' },
  memory: { run: measureMemory, what: 'RSS after 1,000 messages, CPU and bytes per message' },
  throughput: { run: measureThroughput, what: 'a steady 100 messages/s in bursts of three, and the ceiling' },
  recovery: { run: measureRecovery, what: 'kill -9 under load, and how long until all is answered' },
  neighbours: { run: measureNeighbours, what: "the others' wait while one customer's model call takes 8 s" },
  welcome: { run: measureWelcome, what: 'customers who come in are welcomed while 50 messages/s go through' },
  hundred: { run: measureHundred, what: '100 customers at once with a model that takes 1 s' },
  parse: {
    run: (_servers, report) => measureParse(report),
    what: 'reading texts, documents and pictures, and who waits for whom',
    isAlone: true,
    isLong: true,
  },
  voices: {
    run: measureVoices,
    what: 'ten voices of a minute at the same time, and the memory they take',
    isLong: true,
  },
  knowledge: {
    run: (_servers, report) => measureKnowledge(report),
    what: 'search, indexing and reopening at 20,000 chunks, and what is found of the shipped questions',
    isAlone: true,
    isLong: true,
  },
  costs: {
    run: (_servers, report) => measureCosts(report),
    what: 'tokens and cost of a thousand messages, with the example knowledge and without',
    isAlone: true,
    isLong: true,
  },
  million: {
    run: measureMillion,
    what: 'overhead, throughput and recovery with a million stored messages',
    isLong: true,
  },
}

const NO_SERVERS = {} as BenchServers

const HELP = `npm run bench -- [part …] [--engine sqlite|postgres|all] [--full]

Parts (default: all but the long ones):
${Object.entries(PARTS)
  .map(([name, { what, isLong }]) => `  ${name.padEnd(12)}${what}${isLong ? ' (long)' : ''}`)
  .join('\n')}

  --engine     default all; postgres means PostgreSQL with RabbitMQ, and needs both installed
  --full       the long parts too`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'all' },
    full: { type: 'boolean', default: false },
  },
})

const unknown = positionals.find((name) => PARTS[name] === undefined)
if (values.help) {
  console.log(HELP)
} else if (unknown !== undefined || !['sqlite', 'postgres', 'all'].includes(values.engine)) {
  console.error(
    `${unknown === undefined ? `there is no engine ${values.engine}` : `there is no part ${unknown}`}\n\n${HELP}`,
  )
  process.exitCode = 2
} else {
  await run()
}

async function run(): Promise<void> {
  const report = createReport((text) => process.stdout.write(text))
  const startedAt = performance.now()
  console.log(describeMachine())
  const parts = toParts()
  // What needs no servers asks for none.
  for (const part of parts.filter(({ isAlone }) => isAlone)) await part.run(NO_SERVERS, report)
  const served = parts.filter(({ isAlone }) => isAlone !== true)
  for (const engine of served.length === 0 ? [] : toEngines()) {
    report.section(ENGINE_TITLES[engine])
    const servers = await startBenchServers(engine)
    try {
      for (const part of served) await part.run(servers, report)
    } finally {
      await servers.stop()
    }
  }
  console.log(`\n${Math.round((performance.now() - startedAt) / 1000)} s`)
}

function toParts(): Part[] {
  if (positionals.length > 0) return positionals.flatMap((name) => PARTS[name] ?? [])
  return Object.values(PARTS).filter(({ isLong }) => values.full || isLong !== true)
}

function toEngines(): Engine[] {
  const hasServers = findPostgres() !== undefined && findRabbitmq() !== undefined
  if (values.engine === 'postgres' && !hasServers) throw new Error('PostgreSQL and RabbitMQ must be installed')
  if (values.engine === 'all' && !hasServers) console.log('PostgreSQL or RabbitMQ is not installed: SQLite only.')
  if (values.engine === 'sqlite' || !hasServers) return ['sqlite']
  return values.engine === 'postgres' ? ['postgres'] : ['sqlite', 'postgres']
}

function describeMachine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${memory} GB, Linux ${release()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. Bridge, Worker, simulator and load share it.`
}
