import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSlots } from '../../../../../bridge/parse/create-slots.ts'
import { type ProgramRun, runProgram } from '../../../../../bridge/parse/sound/run-program.ts'

const forever = new AbortController().signal
const sh = (script: string, over: Partial<ProgramRun> = {}): ProgramRun => ({
  program: '/bin/sh',
  args: ['-c', script],
  maxOutputBytes: 1_000,
  deadlineMs: 5_000,
  memoryMb: 300,
  ...over,
})
const node = (script: string, over: Partial<ProgramRun> = {}): ProgramRun => ({
  ...sh('', over),
  program: process.execPath,
  args: ['-e', script],
})

/** Processes whose command line holds this mark. */
function running(mark: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark)
    } catch {
      return false
    }
  }).length
}

describe('runProgram', () => {
  it('gives what the program writes', async () => {
    const end = await runProgram({ ...sh('cat'), input: Buffer.from('一段') }, forever)
    expect(end.kind === 'done' && end.output.toString()).toBe('一段')
  })

  it('passes arguments on as they are, whatever is in them', async () => {
    const args = ['%s', '$(id) ; rm -rf / `id` ../../etc/passwd']
    const end = await runProgram({ ...sh(''), program: '/usr/bin/printf', args }, forever)
    expect(end.kind === 'done' && end.output.toString()).toBe(args[1])
  })

  it('shows the program none of our secrets', async () => {
    process.env.KEFU_TEST_SECRET = 'secret'
    onTestFinished(() => {
      Reflect.deleteProperty(process.env, 'KEFU_TEST_SECRET')
    })
    const end = await runProgram(sh('env'), forever)
    expect(end.kind === 'done' && end.output.toString()).not.toContain('KEFU_TEST_SECRET')
  })

  it('ends one that takes too long, with all that it started', async () => {
    const end = await runProgram(sh('sleep 77.0101 & sleep 77.0101', { deadlineMs: 300 }), forever)
    expect(end).toEqual({ kind: 'failed', why: 'time' })
    await expect.poll(() => running('77.0101')).toBe(0)
  })

  it('ends what a program leaves behind', async () => {
    expect(await runProgram(sh('sleep 77.0202 >/dev/null &'), forever)).toMatchObject({ kind: 'done' })
    await expect.poll(() => running('77.0202')).toBe(0)
  })

  it('ends one that is called off, with its reason', async () => {
    const controller = new AbortController()
    const going = runProgram(sh('sleep 77.0303 & sleep 77.0303'), controller.signal)
    await expect.poll(() => running('77.0303')).toBeGreaterThan(0)
    controller.abort(new Error('enough'))
    await expect(going).rejects.toThrow('enough')
    await expect.poll(() => running('77.0303')).toBe(0)
  })

  it('ends one that says too much', async () => {
    expect(await runProgram(sh('yes'), forever)).toEqual({ kind: 'failed', why: 'output' })
  })

  it('ends one that grows too large', async () => {
    const script = 'const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 5)'
    expect(await runProgram(node(script, { memoryMb: 200 }), forever)).toEqual({ kind: 'failed', why: 'memory' })
  })

  it('gives no more memory than it may write to', async () => {
    const script = 'x=$(head -c 200000000 /dev/zero | tr "\\\\0" x); echo "$x" | wc -c'
    expect(await runProgram(sh(script, { dataMb: 50 }), forever)).toEqual({ kind: 'failed', why: 'refused' })
  })

  it('lets nothing be written to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kefu-program-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'a')
    await runProgram(sh(`echo stranger > ${path}`), forever)
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe('')
  })

  it('says of one that fails that it refused', async () => {
    expect(await runProgram(sh('echo the words >&2; exit 3'), forever)).toEqual({ kind: 'failed', why: 'refused' })
  })

  it('rejects for one that is not installed', async () => {
    const run = { ...sh(''), program: 'no-such-program' }
    await expect(runProgram(run, forever)).rejects.toMatchObject({ code: 'program.missing', retryable: false })
  })
})

describe('createSlots', () => {
  it('runs so many at the same time, in order, and one that is called off costs nobody their turn', async () => {
    const inSlot = createSlots(2)
    const order: number[] = []
    let running = 0
    let peak = 0
    const controllers = Array.from({ length: 6 }, () => new AbortController())
    const works = controllers.map(({ signal }, index) =>
      inSlot(async () => {
        running += 1
        peak = Math.max(peak, running)
        order.push(index)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running -= 1
      }, signal),
    )
    controllers[3]?.abort(new Error('enough'))
    const ends = await Promise.allSettled(works)
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, false, true, true])
    expect(order).toEqual([0, 1, 2, 4, 5])
    expect(peak).toBe(2)
  })

  it('gives the place on when a work fails', async () => {
    const inSlot = createSlots(1)
    const failing = inSlot(() => Promise.reject(new Error('no')), forever)
    const next = inSlot(async () => 'next', forever)
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('next')
  })
})
