/** Ten customers send a voice of a minute at the same time: how much memory the bridge and all its programs take together, and how long. */
import { readdirSync, readFileSync } from 'node:fs'
import { makeAmr } from '../../integration/bridge/parse/fixtures/make-sound.ts'
import { startStandInAsr } from '../../support/stand-in-asr.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { rssBytes } from '../process-usage.ts'
import type { Report } from '../report.ts'

const VOICES = 10
const SECONDS = 60
const WATCH_MS = 10
const WAIT_MS = 120_000

export async function measureVoices(servers: BenchServers, report: Report): Promise<void> {
  const asr = await startStandInAsr()
  const bench = await startBenchStack(servers, { ASR_API_KEY: 'key', ASR_BASE_URL: `${asr.baseUrl}/v1` })
  try {
    const { simulator } = bench.stack
    const customers = bench.customers(VOICES)
    const media = simulator.addMedia({
      type: 'voice',
      filename: 'a.amr',
      contentType: 'audio/amr',
      base64: makeAmr([{ hertz: 440, seconds: SECONDS }]).toString('base64'),
    })
    const idle = measureFamily(bench.bridge.pid)
    const peak = { rss: 0, shared: 0, processes: 0 }
    const watch = setInterval(() => {
      const { rss, shared, processes } = measureFamily(bench.bridge.pid)
      peak.rss = Math.max(peak.rss, rss)
      peak.shared = Math.max(peak.shared, shared)
      peak.processes = Math.max(peak.processes, processes)
    }, WATCH_MS)
    const startedAt = performance.now()
    for (const externalUserId of customers) {
      simulator.customerSends({ externalUserId, msgtype: 'voice', body: { media_id: media.mediaId } })
    }
    await waitUntil(() => asr.requests.length >= VOICES && bench.stack.model.requests.length >= VOICES, {
      what: 'all voices are heard and answered',
      timeoutMs: WAIT_MS,
    })
    const ms = performance.now() - startedAt
    clearInterval(watch)
    report.table(
      `${VOICES} voices of ${SECONDS} s at the same time (wanted: under 400 MB in all)`,
      ['', 'value'],
      [
        ['bridge when ready', toMegabytes(idle.rss)],
        ['bridge and its programs at most, RSS added up', toMegabytes(peak.rss)],
        ['… each shared page counted once (PSS)', toMegabytes(peak.shared)],
        ['processes at most', peak.processes],
        ['recognitions at the same time, at most', asr.peak],
        ['until all are asked of the model, s', (ms / 1000).toFixed(1)],
      ],
    )
  } finally {
    await bench.stop()
    await asr.close()
  }
}

/** A process and all that it started, in bytes. */
function measureFamily(pid: number): { rss: number; shared: number; processes: number } {
  const family = [pid, ...descendantsOf(pid)]
  return {
    rss: family.reduce((sum, one) => sum + orZero(() => rssBytes(one)), 0),
    shared: family.reduce((sum, one) => sum + orZero(() => pssBytes(one)), 0),
    processes: family.length,
  }
}

function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = orEmpty(() => readFileSync(`/proc/${name}/stat`, 'latin1'))
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  for (const queue = [pid]; queue.length > 0; ) {
    const children = parents.get(queue.shift() ?? 0) ?? []
    found.push(...children)
    queue.push(...children)
  }
  return found
}

function pssBytes(pid: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? []
  return Number(kilobytes ?? 0) * 1024
}

/** It may have ended meanwhile. */
function orZero(read: () => number): number {
  try {
    return read()
  } catch {
    return 0
  }
}

function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`
}
