/** The controls of a simulator in another process: the same names, each one a promise. */
import { AppError } from '../../../shared/app-error.ts'
import type { SimulatorControls } from './controls.ts'

export type RemoteControls = {
  [K in keyof SimulatorControls]: (
    ...input: Parameters<SimulatorControls[K]>
  ) => Promise<Awaited<ReturnType<SimulatorControls[K]>>>
}

const TIMEOUT_MS = 30_000

/** `url` as in `Simulator.url`. Calls reject with `simulator.control` when the simulator says no, and as fetch does otherwise. */
export function connectSimulator(url: string): RemoteControls {
  const call = async (name: string, input: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/control/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: input === undefined ? '{}' : JSON.stringify(input),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer
    throw new AppError('simulator.control', `${name}: ${response.status} ${JSON.stringify(answer)}`, {
      retryable: false,
    })
  }
  // A name that does not exist is answered with 404, so the proxy needs no list of them.
  return new Proxy({} as RemoteControls, {
    get: (_target, name) =>
      // A promise that resolves to this object must not take it for a promise.
      typeof name === 'string' && name !== 'then' ? (input: unknown) => call(name, input) : undefined,
  })
}
