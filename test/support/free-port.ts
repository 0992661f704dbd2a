/**
 * A port of 127.0.0.1 that nobody listens on. Taken from below the range that the kernel gives to outgoing connections, so that a
 * server which is killed and started again finds its port still free.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 20_000
const LAST = 31_999
const ATTEMPTS = 50

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    if (await isFree(port)) return port
  }
  throw new Error(`no free port found in ${ATTEMPTS} tries`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
