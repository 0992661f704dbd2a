import { describe, expect, it, onTestFinished } from 'vitest'
import type { Database } from '../../../../bridge/store/database.ts'
import { watchDatabase } from '../../../../bridge/store/watch-database.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

function start() {
  const world = { fault: undefined as Error | undefined, takesSmall: false, largeWrites: 0 }
  const call = async (size: number): Promise<number> => {
    if (size >= 1000) world.largeWrites += 1
    if (world.fault !== undefined && !(world.takesSmall && size < 1000)) throw world.fault
    return 1
  }
  const database: Database = {
    engine: 'sqlite',
    now: () => 0,
    all: async <Row>(_sql: string, ...values: unknown[]) => {
      await call(JSON.stringify(values).length)
      return [] as Row[]
    },
    run: (_sql, ...values) => call(JSON.stringify(values).length),
    transaction: (work) => call(0).then(() => work(database)),
    close: async () => undefined,
  }
  const log = createRecordingLogger()
  const watched = watchDatabase(database, { log, probeMs: 5 })
  onTestFinished(() => watched.close())
  return { world, watched, log, names: () => log.lines.map(({ name }) => name) }
}

const full = () => new AppError('database.unavailable', 'SQLite: the disk is full', { retryable: true })

describe('watchDatabase', () => {
  it.each([
    ['all', (database: Database) => database.all('select 1')],
    ['run', (database: Database) => database.run('delete')],
    ['transaction', (database: Database) => database.transaction(async () => 1)],
  ])('is down with the reason when %s fails, and still rejects', async (_name, call) => {
    const { world, watched } = start()
    world.fault = full()
    await expect(call(watched)).rejects.toBe(world.fault)
    expect(watched.state()).toMatchObject({ up: false, reason: 'SQLite: the disk is full' })
  })

  it('says once that it is down however much fails, and once that it is up', async () => {
    const { world, watched, names } = start()
    world.fault = full()
    for (let calls = 0; calls < 5; calls += 1) await watched.run('insert').catch(() => undefined)
    expect(names()).toEqual(['database.unavailable'])
    world.fault = undefined
    await waitUntil(() => watched.state().up, { what: 'it is up' })
    expect(names()).toEqual(['database.unavailable', 'database.available'])
  })

  it('is not up because a small write goes through', async () => {
    const { world, watched } = start()
    world.fault = full()
    await watched.run('insert', 'x'.repeat(2000)).catch(() => undefined)
    world.takesSmall = true
    const probe = world.largeWrites + 3
    await waitUntil(() => watched.run('update').then(() => world.largeWrites >= probe), { what: 'it was tried' })
    expect(watched.state().up).toBe(false)
  })

  it('takes what says nothing about the database for nothing', async () => {
    const { world, watched } = start()
    world.fault = new AppError('database.conflict', 'lost', { retryable: true })
    await expect(watched.run('insert')).rejects.toBe(world.fault)
    expect(watched.state().up).toBe(true)
  })

  it('tells the newest reason', async () => {
    const { world, watched } = start()
    world.fault = full()
    await watched.run('insert').catch(() => undefined)
    world.fault = new AppError('database.unavailable', 'SQLite: the file is read-only', { retryable: true })
    await waitUntil(
      () => {
        const state = watched.state()
        return !state.up && state.reason.includes('read-only')
      },
      { what: 'the reason changes' },
    )
  })
})
