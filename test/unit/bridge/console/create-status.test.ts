import { describe, expect, it } from 'vitest'
import { createStatus, type StatusDeps } from '../../../../bridge/console/create-status.ts'

const NOW = 1_800_000_000_000

const statusOf = (over: Partial<StatusDeps> = {}) =>
  createStatus({
    database: { check: async () => ({ up: true }) },
    bus: { state: () => ({ up: true }) },
    relay: { state: () => ({ up: true }) },
    jobs: () => ['sweeper', 'relay'],
    refusedToken: async () => undefined,
    meaningOf: () => ({ meaning: '密钥不对', meaningEn: 'wrong secret' }),
    backlog: async () => [
      { stage: 'reply', count: 2, oldestDue: NOW - 7400 },
      { stage: 'send', count: 0, oldestDue: 0 },
    ],
    parked: async () => 3,
    alerts: { open: async () => [] },
    roles: ['relay'],
    version: '1.2.3',
    now: () => NOW,
    ...over,
  })()

describe('the state of a process', () => {
  it('is ready when every part is up, and says what waits', async () => {
    expect(await statusOf()).toMatchObject({
      ready: true,
      parts: [{ name: 'database' }, { name: 'bus' }, { name: 'relay' }],
      backlog: [
        { stage: 'reply', count: 2, oldestSeconds: 7 },
        { stage: 'send', count: 0, oldestSeconds: 0 },
      ],
      parked: 3,
    })
  })

  const down = { up: false, reason: 'away' }
  it.each<[string, Partial<StatusDeps>, string]>([
    ['database', { database: { check: async () => down } }, 'away'],
    ['bus', { bus: { state: () => down } }, 'away'],
    ['relay', { relay: { state: () => down } }, 'away'],
    ['token', { refusedToken: async () => ({ errcode: 40001 }) }, '40001: wrong secret'],
  ])('is not ready when the %s is down, and says why', async (name, over, reason) => {
    const { ready, parts } = await statusOf(over)
    expect(ready).toBe(false)
    expect(parts.filter(({ up }) => !up)).toEqual([{ name, up: false, reason }])
  })

  it('is ready while another process dials the edge', async () => {
    expect(await statusOf({ jobs: () => ['sweeper'], relay: { state: () => down } })).toMatchObject({ ready: true })
  })

  it('asks a database that is away nothing more', async () => {
    const asked: string[] = []
    const ask = (name: string) => async () => {
      asked.push(name)
      return Promise.reject(new Error('away'))
    }
    const status = await statusOf({
      database: { check: async () => down },
      refusedToken: ask('token'),
      backlog: ask('backlog'),
      parked: ask('parked'),
      alerts: { open: ask('alerts') },
    })
    expect(asked).toEqual([])
    expect(status).toMatchObject({ backlog: [], parked: 0, alerts: [] })
  })

  it('is told also when the database goes away in between', async () => {
    const fails = () => Promise.reject(new Error('away'))
    const status = statusOf({ refusedToken: fails, backlog: fails, parked: fails, alerts: { open: fails } })
    expect(await status).toMatchObject({ backlog: [], parked: 0, alerts: [] })
  })
})
