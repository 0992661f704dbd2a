/** Keeps one bridge process running, as a service manager would: one that ends is started again. */
import { createWriteStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ProcessGroup, startProcessGroup } from '../support/process-group.ts'

export interface KeptBridge {
  /** kill -9, at whatever it is. The next one starts within `restartMs`. */
  kill(): Promise<void>
  readonly kills: number
  /** How often one ended by itself: that is a fault of the bridge, whatever else broke. */
  readonly crashes: number
  stop(): Promise<void>
}

export interface KeepBridgeOptions {
  env: Readonly<Record<string, string>>
  /** All lives of this bridge write to it. */
  logFile: string
  restartMs: number
}

const MAIN = fileURLToPath(new URL('../../bridge/main.ts', import.meta.url))

export function keepBridge({ env, logFile, restartMs }: KeepBridgeOptions): KeptBridge {
  const log = createWriteStream(logFile, { flags: 'a' })
  let isStopping = false
  let isKilled = false
  let kills = 0
  let crashes = 0
  let group: ProcessGroup | undefined

  const live = async (): Promise<void> => {
    while (!isStopping) {
      isKilled = false
      const current = startProcessGroup(process.execPath, [MAIN], {
        env: { PATH: process.env.PATH, PORT: '0', ...env },
        onOutput: (text) => log.write(text),
      })
      group = current
      while (current.exit() === undefined) await sleep(20)
      log.write(`--- ${current.exit()}\n`)
      if (!isKilled && !isStopping) crashes += 1
      await sleep(restartMs)
    }
  }
  const living = live()

  return {
    async kill() {
      if (group === undefined || group.exit() !== undefined) return
      isKilled = true
      kills += 1
      await group.kill('SIGKILL')
    },
    get kills() {
      return kills
    },
    get crashes() {
      return crashes
    },
    async stop() {
      isStopping = true
      if (group?.exit() === undefined) await group?.kill('SIGKILL')
      await living
      log.end()
    },
  }
}
