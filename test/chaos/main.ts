/**
 * `npm run test:chaos`: everything is killed and cut at seeded random moments while customers write, on both set-ups, and every message
 * is accounted for by what the simulator recorded. Ends with 1 when anything was lost, doubled or out of order.
 */
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { formatTable } from '../support/format-table.ts'
import { findPostgres } from '../support/postgres-server.ts'
import { findRabbitmq } from '../support/rabbitmq-server.ts'
import { countWrong } from './check-records.ts'
import { runScenario, type ScenarioOptions, type ScenarioResult } from './scenario.ts'

const HELP = `npm run test:chaos -- [options]

  --seed <n>        of the schedule and of all dice; default: a new one, printed
  --engine <name>   postgres (3 bridges, PostgreSQL, RabbitMQ), sqlite (1 bridge) or all; default all
  --messages <n>    of each run; default 5000
  --customers <n>   default 200
  --seconds <n>     in which they are written and things break; default 250 with postgres, 200 with sqlite
  --kills <n>       of bridges, in each run; default 220 with postgres, 120 with sqlite
  --calm            no kills and no cuts: the platform's and the model's faults alone
  --keep            keeps the bridges' logs although all went well`

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    seed: { type: 'string' },
    engine: { type: 'string', default: 'all' },
    messages: { type: 'string', default: '5000' },
    customers: { type: 'string', default: '200' },
    seconds: { type: 'string' },
    kills: { type: 'string' },
    calm: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})

function toOptions(engine: 'sqlite' | 'postgres', seed: number): ScenarioOptions {
  const isServers = engine === 'postgres'
  const serverKills = isServers ? 6 : 0
  const kills = {
    bridge: Number(values.kills ?? (isServers ? 220 : 120)),
    broker: serverKills,
    database: serverKills,
    edge: 5,
  }
  return {
    engine,
    seed,
    customers: Number(values.customers),
    messages: Number(values.messages),
    seconds: Number(values.seconds ?? (isServers ? 250 : 200)),
    bridges: isServers ? 3 : 1,
    kills: values.calm ? { bridge: 0, broker: 0, database: 0, edge: 0 } : kills,
    cuts: values.calm ? 0 : 60,
    revokedTokens: 10,
    foreignCallbacks: 10,
    drainSeconds: 120,
    onProgress: (line) => console.log(line),
  }
}

function describe(results: ReadonlyMap<string, ScenarioResult>): string {
  const runs = [...results.values()]
  const row = (title: string, value: (result: ScenarioResult) => number | string) => [title, ...runs.map(value)]
  const rows = [
    row('messages sent', ({ verdict }) => verdict.written),
    row('answered exactly once', ({ verdict }) => verdict.answeredOnce),
    row('answered twice', ({ verdict }) => verdict.answeredTwice.length),
    row('lost', ({ verdict }) => verdict.lost.length),
    row('out of order', ({ verdict }) => verdict.outOfOrder.length),
    row('to the wrong customer', ({ verdict }) => verdict.toTheWrongCustomer.length),
    row('apologised for', ({ verdict }) => verdict.apologised.length),
    row('answered, but not delivered by the platform', ({ verdict }) => verdict.undelivered.length),
    row('of these no person is told', ({ untold }) => untold),
    row('apologies for nothing', ({ verdict }) => verdict.needlessApologies),
    row('swapped by the platform within a second', ({ verdict }) => verdict.swappedByPlatform),
    row('parked', ({ parked }) => Object.values(parked).reduce((sum, count) => sum + count, 0)),
    row('answers', ({ verdict }) => verdict.answers),
    row('resends refused by msgid', ({ verdict }) => verdict.resendsRefused),
    row('faults of platform', ({ verdict }) => verdict.faults),
    row('callbacks that never arrived', ({ verdict }) => verdict.callbacksLost),
    row('kill -9: bridges', ({ kills }) => kills.bridge),
    row('kill -9: broker', ({ kills }) => kills.broker),
    row('kill -9: database', ({ kills }) => kills.database),
    row("kill -9: the edge's process group", ({ kills }) => kills.edge),
    row('network cuts and stalls', ({ cuts }) => cuts),
    row('bridges that ended by themselves', ({ crashes }) => crashes),
    row('seconds', ({ seconds }) => seconds),
  ]
  return formatTable(['', ...results.keys()], rows)
}

function describeWrong(engine: string, { verdict, folder, crashes, parked, untold }: ScenarioResult): string {
  const { answeredTwice, lost, outOfOrder, toTheWrongCustomer, needlessApologies } = verdict
  const wrong = { answeredTwice, lost, outOfOrder, toTheWrongCustomer, needlessApologies, crashes, untold, parked }
  return `${engine}: ${JSON.stringify(wrong)}\n  logs: ${folder}`
}

async function main(): Promise<void> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
  const hasServers = findPostgres() !== undefined && findRabbitmq() !== undefined
  if (values.engine !== 'sqlite' && !hasServers) throw new Error('PostgreSQL and RabbitMQ must be installed')
  const engines = (['postgres', 'sqlite'] as const).filter((engine) => ['all', engine].includes(values.engine))
  if (engines.length === 0 || !Number.isInteger(seed)) throw new Error(`--engine or --seed is wrong\n\n${HELP}`)
  console.log(`seed ${seed}`)
  const results = new Map<string, ScenarioResult>()
  for (const engine of engines) results.set(engine, await runScenario(toOptions(engine, seed)))
  console.log(`\nseed ${seed}\n\n${describe(results)}`)
  for (const [engine, result] of results) {
    const isWrong = countWrong(result.verdict) + result.crashes + result.untold > 0
    if (isWrong) {
      process.exitCode = 1
      console.error(describeWrong(engine, result))
    } else if (values.keep) console.log(`${engine}: logs in ${result.folder}`)
    else await rm(result.folder, { recursive: true, force: true })
  }
}

if (values.help) console.log(HELP)
else await main()
