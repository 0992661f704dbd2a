import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isMissing } from '../support/available-servers.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { lockSqlite } from '../support/lock-sqlite.ts'
import { startPostgresServer } from '../support/postgres-server.ts'

/** Of an orderly end, as the README promises it; a container is killed after ten. */
const MAX_STOP_MS = 10_000

/** A bridge whose neighbours are all away: nobody listens on port 9. */
async function startLonelyBridge(over: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-stop-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const bridge = await startBridgeProcess({
    env: {
      EDGE_URL: 'http://127.0.0.1:9',
      BRIDGE_TOKEN: 'a-secret-of-sixteen',
      WECHAT_CORP_ID: 'ww1',
      WECHAT_SECRET: 'secret',
      WECHAT_API_BASE: 'http://127.0.0.1:9/cgi-bin',
      DEEPSEEK_API_KEY: 'key',
      DATA_DIR: dataDir,
      LOG_FORMAT: 'json',
      ...over,
    },
  })
  onTestFinished(() => bridge.kill('SIGKILL'))
  return { bridge, dataDir }
}

async function expectOrderlyEnd(bridge: Awaited<ReturnType<typeof startBridgeProcess>>) {
  const startedAt = performance.now()
  await bridge.kill('SIGTERM')
  expect(bridge.exit()).toBe('ended by exit code 0')
  expect(bridge.output()).toContain('bridge.stopped')
  expect(performance.now() - startedAt).toBeLessThan(MAX_STOP_MS)
}

describe('a bridge that is told to end', () => {
  it('ends in order though neither the edge nor the platform is there', async () => {
    const { bridge } = await startLonelyBridge()
    await expectOrderlyEnd(bridge)
  })

  it('ends in order though its database is locked by another process', async () => {
    const { bridge, dataDir } = await startLonelyBridge()
    const unlock = await lockSqlite(join(dataDir, 'kefu.sqlite'))
    onTestFinished(unlock)
    await expectOrderlyEnd(bridge)
  })

  it.skipIf(isMissing('postgres'))('ends in order though its database server is gone', async () => {
    const server = await startPostgresServer()
    onTestFinished(() => server.stop())
    const { bridge } = await startLonelyBridge({ DATABASE_URL: await server.createDatabase() })
    await server.kill9()
    await expectOrderlyEnd(bridge)
  })
})
