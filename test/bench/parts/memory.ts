/** Memory of the bridge: when it starts, after a thousand messages, and what each further message leaves behind. */
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { cpuMs, rssBytes } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const CUSTOMERS = 200
const RATE = 100
const MORE = 2000

export async function measureMemory(servers: BenchServers, report: Report): Promise<void> {
  const bench = await startBenchStack(servers)
  try {
    // The very first start compiles everything, and keeps the compiler in memory: 25 MB that later starts don't take.
    await bench.restartBridge()
    const { pid } = bench.bridge
    const customers = bench.customers(CUSTOMERS)
    const run = async (messages: number) => {
      await writeSteadily(bench, { rate: RATE, seconds: messages / RATE, customers })
      await bench.tracker.untilAnswered()
      return rssBytes(pid)
    }
    const idle = rssBytes(pid)
    const afterThousand = await run(1000)
    const cpuBefore = cpuMs(pid)
    const afterMore = await run(MORE)
    const cpu = (cpuMs(pid) - cpuBefore) / MORE
    report.table(
      'Memory and CPU of the bridge process',
      ['', 'value'],
      [
        ['RSS when ready', toMegabytes(idle)],
        ['RSS after 1,000 messages', toMegabytes(afterThousand)],
        [`RSS after ${1000 + MORE} messages`, toMegabytes(afterMore)],
        [`bytes per message, messages 1,001 to ${1000 + MORE}`, Math.round((afterMore - afterThousand) / MORE)],
        [`CPU ms per message at ${RATE} msg/s`, cpu.toFixed(2)],
      ],
    )
  } finally {
    await bench.stop()
  }
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`
}
