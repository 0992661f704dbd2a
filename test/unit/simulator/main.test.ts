import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectSimulator } from '../../simulator/control/connect-simulator.ts'
import { startSimulator } from './start-simulator.ts'

const MAIN = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url))

const run = (...args: string[]) => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output.text += String(chunk)))
  return { child, exited, output }
}

describe('the simulator alone', () => {
  it('prints its address and settings, and ends on SIGTERM', async () => {
    const { child, exited, output } = run('--port', '0', '--customer', '小雨')
    await expect.poll(() => output.text, { timeout: 10_000 }).toMatch(/WECHAT_AESKEY=\w{43}\n/)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text)?.[0]
    expect(output.text).toContain(`WECHAT_API_BASE=${url}/cgi-bin`)
    expect((await fetch(`${url}/`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })

  it('says which port is taken', async () => {
    const { url } = await startSimulator()
    const port = new URL(url).port
    const { exited, output } = run('--port', port)
    expect(await exited).toEqual([1, null])
    expect(output.text).toMatch(new RegExp(`cannot start: .*EADDRINUSE.*:${port}`))
  })

  it('takes switches, and names one that it does not have', async () => {
    const { exited, output } = run('--port', '0', '--switch', 'mode=native', '--switch', 'nothing=1')
    expect(await exited).toEqual([1, null])
    expect(output.text).toMatch(/cannot start: .*nothing/)
    const { output: second } = run('--port', '0', '--switch', 'mode=native', '--switch', 'callsPerMinute=null')
    await expect.poll(() => second.text, { timeout: 10_000 }).toMatch(/WECHAT_API_BASE=/)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(second.text)?.[0] ?? ''
    expect(await connectSimulator(url).setSwitches({})).toMatchObject({ mode: 'native', callsPerMinute: null })
  })
})
