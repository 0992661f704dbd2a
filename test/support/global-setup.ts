/**
 * Runs once per test run, in its main process: starts the shared servers when a test file first asks for one, ends them with the
 * run, and says at its end which tests were skipped for want of a system program.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgresServer } from './postgres-server.ts'
import { startRabbitmqServer } from './rabbitmq-server.ts'
import { SYSTEM_PROGRAMS, type SystemProgram } from './system-programs.ts'

interface Started {
  /** What the test files are told. */
  answer: unknown
  stop(): Promise<void>
}

const STARTERS: Record<string, () => Promise<Started>> = {
  async rabbitmq() {
    const server = await startRabbitmqServer()
    return { answer: server.address, stop: server.stop }
  },
  async postgres() {
    const server = await startPostgresServer()
    return { answer: server.url, stop: server.stop }
  },
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<string, Promise<Started>>()
  const keeper = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? ''
    try {
      const starting = started.get(name) ?? STARTERS[name]?.()
      if (starting === undefined) throw new Error('no such server')
      started.set(name, starting)
      response.end(JSON.stringify((await starting).answer))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  keeper.listen(0, '127.0.0.1')
  await once(keeper, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'kefu-tests-'))
  const missingProgramsFile = join(folder, 'missing')
  await writeFile(missingProgramsFile, '')
  project.provide('serverKeeperUrl', `http://127.0.0.1:${(keeper.address() as AddressInfo).port}/`)
  project.provide('missingProgramsFile', missingProgramsFile)

  return async () => {
    keeper.close()
    keeper.closeAllConnections()
    const servers = await Promise.allSettled(started.values())
    await Promise.all(servers.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)))
    reportMissing((await readFile(missingProgramsFile, 'utf8')).split('\n').filter(Boolean))
    await rm(folder, { recursive: true, force: true })
  }
}

function reportMissing(lines: readonly string[]): void {
  for (const name of new Set(lines)) {
    const { title, install } = SYSTEM_PROGRAMS[name as SystemProgram]
    const files = lines.filter((line) => line === name).length
    console.error(
      `\n!!! SKIPPED: the tests of ${files} file(s) need ${title}, which is not installed. Install it: ${install}`,
    )
  }
}
