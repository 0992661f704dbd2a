/** The client on a platform that somebody else wrote from the same documentation. Both clocks move together. */
import { createWecomClient } from '../../../../bridge/wecom/create-wecom-client.ts'
import type { Endpoint } from '../../../../bridge/wecom/endpoint.ts'
import { createSimulator, type SimulatorOptions } from '../../../simulator/create-simulator.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { corpId, createMemoryTokenStore, secret } from './platform-stub.ts'

export const never = new AbortController().signal
export const customer = { externalUserId: 'wm1' }
export const conversation = { openKfId: 'wk1', externalUserId: 'wm1' }
export const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

export async function startClientOnSimulator(options: Partial<SimulatorOptions> = {}, clientSecret = secret) {
  const simulator = await createSimulator({
    corpId,
    secret,
    callback: { token: 'QDG6eK', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' },
    accounts: [{ name: '客服', openKfId: 'wk1', servicers: ['zhangsan'] }],
    customers: [{ name: '客户', externalUserId: 'wm1' }],
    ...options,
  })
  const log = createRecordingLogger()
  let movedMs = 0
  const client = createWecomClient(
    {
      apiBase: simulator.apiBase,
      corpId,
      secret: clientSecret,
      tokenStore: createMemoryTokenStore(),
      log,
      now: () => Date.now() + movedMs,
    },
    { deadlineMs: 1_000, pollMs: 5 },
  )
  return {
    simulator,
    client,
    log,
    pass: (ms: number) => {
      movedMs += ms
      simulator.moveClock({ ms })
    },
    call: <Input, Output>(endpoint: Endpoint<Input, Output>, input: Input) => client.call(endpoint, input, never),
    sync: (cursor = '') => client.syncMessages({ openKfId: 'wk1', cursor, token: '' }, never),
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}
