import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BridgeProcess } from '../../../support/bridge-process.ts'
import { askedTexts } from '../../../support/stand-in-model.ts'
import { type Stack, startStack } from '../../../support/start-stack.ts'
import { waitUntil } from '../../../support/wait-until.ts'

describe('a message with a link, in the bridge as it is', () => {
  let stack: Stack
  let bridge: BridgeProcess
  const inner = createServer((_request, response) => response.end('INNER SECRET'))
  let visits = 0

  beforeAll(async () => {
    inner.on('connection', () => {
      visits += 1
    })
    inner.listen(0, '127.0.0.1')
    await once(inner, 'listening')
    stack = await startStack({ env: { BURST_QUIET_MS: '100', BURST_MAX_WAIT_MS: '500' } })
    bridge = await stack.startBridge()
    await bridge.ready()
  })
  afterAll(async () => {
    await stack?.stop()
    inner.closeAllConnections()
    inner.close()
  })

  it('is answered, and leads nobody to this machine', async () => {
    const { externalUserId } = stack.simulator.addCustomer({ name: 'link' })
    const { port } = inner.address() as AddressInfo
    stack.simulator.customerWrites({
      externalUserId,
      text: `看看 http://127.0.0.1:${port}/ 和 http://localhost:${port}/`,
    })
    const asked = await waitUntil(
      () => stack.model.requests.flatMap((body) => askedTexts(body)).find((text) => text.includes('看看')),
      { what: `the model is asked\n${bridge.output().slice(-2000)}`, timeoutMs: 30_000 },
    )
    expect(asked.match(/没有读到内容：出于安全考虑没有打开/g)).toHaveLength(2)
    await waitUntil(() => stack.simulator.delivered().some((record) => record.externalUserId === externalUserId), {
      what: 'the answer',
      timeoutMs: 30_000,
    })
    expect(visits).toBe(0)
  })
})
