/**
 * Everything a message passes through, on this machine: the simulated WeCom, a model server, the real Worker in workerd
 * and the real bridge as a process. For end-to-end tests, the chaos suite, the benchmarks and `npm run dev`.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulator, type Simulator, type SimulatorOptions } from '../simulator/create-simulator.ts'
import { type BridgeProcess, startBridgeProcess } from './bridge-process.ts'
import { type EdgeProcess, startEdge } from './edge-process.ts'
import { freePort } from './free-port.ts'
import { type StandInModel, type StandInModelOptions, startStandInModel } from './stand-in-model.ts'

export interface StackOptions {
  simulator?: Partial<SimulatorOptions>
  model?: StandInModelOptions
  /** Settings of every bridge, over those that point at the rest of the stack. */
  env?: Readonly<Record<string, string>>
  onBridgeOutput?: (text: string) => void
}

export interface Stack {
  readonly simulator: Simulator
  readonly model: StandInModel
  readonly edge: EdgeProcess
  /** A folder that goes with the stack. */
  readonly folder: string
  /** The settings that `startBridge` gives to each bridge. */
  readonly bridgeEnv: Readonly<Record<string, string>>
  /** One more bridge process; resolves when it has started, which is before it is ready. */
  startBridge(env?: Readonly<Record<string, string>>): Promise<BridgeProcess>
  /**
   * Kills the edge's whole process group and starts it again on the same port with what it had stored, and with these secrets over those
   * that it had.
   */
  restartEdge(secrets?: Readonly<Record<string, string>>): Promise<void>
  /** What the edge was started with. */
  edgeSecrets(): Readonly<Record<string, string>>
  /** Ends all of it, also what failed midway. */
  stop(): Promise<void>
}

const CORP_ID = 'ww00000000simulator'

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-stack-'))
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    // In reverse, so that nobody is surprised by a neighbour that left.
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => console.error(error))
  }
  const secrets = { wecom: toSecret(), bridge: toSecret(), token: toSecret().slice(0, 32), aesKey: toAesKey() }
  try {
    const port = await freePort()
    const edgeOptions = {
      persistTo: join(folder, 'edge'),
      port,
      vars: {
        WECHAT_CORP_ID: CORP_ID,
        WECHAT_TOKEN: secrets.token,
        WECHAT_AESKEY: secrets.aesKey,
        BRIDGE_TOKEN: secrets.bridge,
      },
    }
    const [simulator, model, firstEdge] = await settleAll([
      createSimulator({
        corpId: CORP_ID,
        secret: secrets.wecom,
        callback: { url: `http://127.0.0.1:${port}/callback`, token: secrets.token, aesKey: secrets.aesKey },
        ...options.simulator,
      }).then((started) => {
        ends.push(() => started.close())
        return started
      }),
      startStandInModel(options.model).then((started) => {
        ends.push(() => started.close())
        return started
      }),
      startEdge(edgeOptions),
    ])
    let edge = firstEdge
    let vars: Readonly<Record<string, string>> = edgeOptions.vars
    ends.push(() => edge.stop())

    const env = {
      EDGE_URL: `http://127.0.0.1:${port}`,
      BRIDGE_TOKEN: secrets.bridge,
      WECHAT_CORP_ID: CORP_ID,
      WECHAT_SECRET: secrets.wecom,
      WECHAT_API_BASE: simulator.apiBase,
      DATA_DIR: join(folder, 'data'),
      DEEPSEEK_API_KEY: 'stand-in',
      DEEPSEEK_BASE_URL: model.baseUrl,
      ...options.env,
    }
    return {
      simulator,
      model,
      get edge() {
        return edge
      },
      folder,
      bridgeEnv: env,
      async startBridge(over = {}) {
        const { onBridgeOutput: onOutput } = options
        const bridge = await startBridgeProcess({ env: { ...env, ...over }, ...(onOutput && { onOutput }) })
        ends.push(async () => {
          if (bridge.exit() === undefined) await bridge.kill('SIGTERM')
        })
        return bridge
      },
      async restartEdge(changed = {}) {
        await edge.kill()
        vars = { ...vars, ...changed }
        edge = await startEdge({ ...edgeOptions, vars })
      },
      edgeSecrets: () => vars,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Like Promise.all, but waits for all of them before it rejects, so that what did start is known and can be ended. */
async function settleAll<T extends readonly Promise<unknown>[]>(
  starting: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting)
  return Promise.all(starting) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>
}

function toSecret(): string {
  return randomBytes(24).toString('hex')
}

/** 43 letters and digits, as the console makes them. */
function toAesKey(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from(randomBytes(43), (byte) => letters[byte % letters.length]).join('')
}
