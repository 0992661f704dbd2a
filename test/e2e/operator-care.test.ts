import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { lockSqlite } from '../support/lock-sqlite.ts'
import { askedTexts } from '../support/stand-in-model.ts'
import { type Stack, startStack } from '../support/start-stack.ts'
import { waitUntil } from '../support/wait-until.ts'

const KEFU = fileURLToPath(new URL('../../bridge/cli/main.ts', import.meta.url))

describe('an operator beside a running bridge', () => {
  let stack: Stack
  let bridge: BridgeProcess

  beforeAll(async () => {
    stack = await startStack({
      model: { reply: (body) => `收到：${askedTexts(body).join('、')}` },
      env: { BURST_QUIET_MS: '100', TIME_SCALE: '0.2' },
    })
    bridge = await stack.startBridge()
    await bridge.ready()
  })
  afterAll(() => stack?.stop())

  const newCustomer = (name: string) => stack.simulator.addCustomer({ name }).externalUserId
  const received = (externalUserId: string) =>
    stack.simulator
      .delivered()
      .filter((record) => record.externalUserId === externalUserId)
      .map((record) => record.text)
  const kefu = (...argv: string[]) =>
    promisify(execFile)(process.execPath, [KEFU, ...argv, '--json'], {
      env: { PATH: process.env.PATH, DATA_DIR: stack.bridgeEnv.DATA_DIR },
    }).then(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>)

  it('has what was given up answered by a command', async () => {
    const externalUserId = newCustomer('小雨')
    stack.model.behave({ kind: 'status', status: 400 })
    onTestFinished(() => stack.model.behave(undefined))
    stack.simulator.customerWrites({ externalUserId, text: '几点开门' })
    await waitUntil(() => received(externalUserId).length === 1, { what: 'the apology', timeoutMs: 30_000 })
    stack.model.behave(undefined)
    const { entries } = (await kefu('parked', 'list')) as { entries: { id: string; stage: string }[] }
    expect(entries).toMatchObject([{ stage: 'needs_person', reason: 'outage' }])
    const id = entries[0]?.id ?? ''
    expect(await kefu('parked', 'retry', id)).toEqual({ results: [{ id, result: 'retried' }] })
    await waitUntil(() => received(externalUserId).length === 2, { what: 'the answer', timeoutMs: 20_000 })
    expect(received(externalUserId).at(-1)).toBe('收到：几点开门')
    expect(await kefu('parked', 'list')).toEqual({ total: 0, entries: [] })
  })

  it('sees a locked database named, and everything go on when the lock is gone', async () => {
    const externalUserId = newCustomer('小雪')
    const unlock = await lockSqlite(join(stack.bridgeEnv.DATA_DIR ?? '', 'kefu.sqlite'))
    onTestFinished(unlock)
    stack.simulator.customerWrites({ externalUserId, text: '还在吗' })
    await stack.simulator.callbacksSettled()
    const readiness = async () => {
      const response = await fetch(new URL('/readyz', bridge.url))
      return { status: response.status, body: await response.text() }
    }
    const down = await waitUntil(
      async () => {
        const found = await readiness()
        return found.body.includes('busy') && found
      },
      { what: 'the lock is named', timeoutMs: 30_000, everyMs: 100 },
    )
    expect(down.status).toBe(503)
    expect((await fetch(new URL('/healthz', bridge.url))).status).toBe(200)
    await unlock()
    await bridge.ready(30_000)
    await waitUntil(() => received(externalUserId).length > 0, { what: 'the answer', timeoutMs: 30_000 })
    expect(received(externalUserId)).toEqual(['收到：还在吗'])
    expect(bridge.output().match(/"msg":"database\.unavailable"/g)).toHaveLength(1)
  })
})
