import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSimulator } from '../simulator/create-simulator.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Runs the bridge to its end and returns what it said. */
async function runBridge(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['bridge/main.ts'], { cwd: ROOT, env: { PATH: process.env.PATH, ...env } })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code: code as number | null, stdout, stderr }
}

describe('the bridge', () => {
  it('refuses to start without settings and names them all', async () => {
    const { code, stderr } = await runBridge({})
    expect(code).toBe(2)
    for (const name of ['EDGE_URL', 'BRIDGE_TOKEN', 'WECHAT_CORP_ID', 'WECHAT_SECRET']) {
      expect(stderr).toContain(name)
    }
    expect(stderr).not.toContain('    at ')
  })

  it('is not ready with a secret that the platform refuses, and says so', async () => {
    const simulator = await createSimulator({ corpId: 'ww1', secret: 'right', callback: { token: '', aesKey: '' } })
    onTestFinished(() => simulator.close())
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-start-'))
    onTestFinished(() => rm(dataDir, { recursive: true }))
    const env = { WECHAT_CORP_ID: 'ww1', WECHAT_SECRET: 'wrong', WECHAT_API_BASE: simulator.apiBase, DATA_DIR: dataDir }
    const edge = { EDGE_URL: 'http://127.0.0.1:1', BRIDGE_TOKEN: '0123456789abcdef' }
    const bridge = await startBridgeProcess({ env: { ...env, ...edge } })
    onTestFinished(() => bridge.kill('SIGKILL'))
    const parts = await waitUntil(
      async () => {
        const answer = await fetch(`${bridge.url}/readyz`)
        const text = await answer.text()
        return answer.status === 503 && text.includes('token') ? text : undefined
      },
      { what: 'the refused token shows' },
    )
    expect(parts).toMatch(/"name":"token","up":false,"reason":"40001: [^"]+"/)
  })

  it('ends at once at the second signal, and the next start answers what was left', async () => {
    const stack = await startStack({ env: { BURST_QUIET_MS: '0' } })
    onTestFinished(() => stack.stop())
    const bridge = await stack.startBridge()
    await bridge.ready()
    const { externalUserId } = stack.simulator.addCustomer({ name: '小雨' })
    stack.model.behave({ kind: 'delay', ms: 60_000 }, 1)
    stack.simulator.customerWrites({ externalUserId, text: '等' })
    await waitUntil(() => stack.model.requests.length > 0, { what: 'the model is asked' })

    const first = bridge.kill('SIGTERM')
    await waitUntil(() => bridge.output().includes('bridge.stopping'), { what: 'it drains' })
    // What comes at once is the first one's echo: a terminal signals the whole group, and npm passes it on.
    await Promise.race([bridge.kill('SIGTERM'), sleep(500)])
    expect(bridge.exit()).toBeUndefined()
    const startedAt = performance.now()
    await Promise.all([first, bridge.kill('SIGTERM')])
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(bridge.exit()).toBe('ended by exit code 1')

    await stack.startBridge()
    await waitUntil(() => stack.simulator.delivered().length === 1, { what: 'the answer', timeoutMs: 20_000 })
  })

  it('says that its port is taken, and which setting to change', async () => {
    const stack = await startStack()
    onTestFinished(() => stack.stop())
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    await expect(stack.startBridge({ PORT: String(port) })).rejects.toThrow(/port \d+ is taken: set PORT/)
  })

  it('says that names of the first version have no effect, and goes on', async () => {
    const stack = await startStack({ env: { WECHAT_FASTAPI_PORT: '8000' } })
    onTestFinished(() => stack.stop())
    const bridge = await stack.startBridge()
    await bridge.ready()
    expect(bridge.output().match(/config\.obsolete/g)).toHaveLength(1)
  })
})
