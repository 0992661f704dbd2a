import { describe, expect, it } from 'vitest'
import { toUpkeepJobs, type UpkeepJobsDeps } from '../../../../bridge/stages/upkeep-jobs.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

function upkeep(isBusShared: boolean, isUp = true) {
  const events: string[] = []
  const nothing = async () => ({ removed: 0, next: undefined })
  const deps: UpkeepJobsDeps = {
    instance: { id: 'a1', buryDead: async () => events.push('bury') },
    due: {
      take: async (stages) => {
        events.push(`take ${stages.join(' ')}`)
        return []
      },
    },
    sync: {
      longestUnpulled: async () => undefined,
      wantAll: async (keys) => void events.push(`want ${keys.join(' ')}`),
    },
    clock: { clamp: async () => 0, follow: async () => undefined },
    retention: new Proxy({} as UpkeepJobsDeps['retention'], { get: () => nothing }),
    bus: { publish: async () => undefined, state: () => (isUp ? { up: true } : { up: false, reason: 'away' }) },
    waker: { wake: ({ stage, key }) => void events.push(`wake ${stage} ${key}`) },
    now: () => 0,
    log: createRecordingLogger(),
  }
  const timing = { sweepMs: 1, reconcileMs: 1, reconcileMinAgeMs: 1, retentionMs: 1, retentionPauseMs: 1 }
  const jobs = toUpkeepJobs(deps, { stages: ['fetch', 'reply'], isBusShared, keepMs: 1, timing })
  return { jobs, events, find: (name: string) => jobs.find((job) => job.name === name) }
}

describe('the upkeep', () => {
  it('is done by one process for all that share a bus', () => {
    expect(upkeep(true).jobs.map(({ name }) => name)).toEqual(['sweeper', 'reconciler', 'clock', 'retention'])
  })

  it('sweeps in each process where each reaches only itself', () => {
    expect(upkeep(false).jobs.map(({ name }) => name)).toEqual(['sweeper:a1', 'reconciler', 'clock', 'retention'])
  })

  it('buries the dead before it sweeps for what is consumed', async () => {
    const { find, events } = upkeep(true)
    await find('sweeper')?.run?.()
    expect(events).toEqual(['bury', 'take fetch reply'])
  })

  it('buries the dead also when nothing can be published', async () => {
    const { find, events } = upkeep(true, false)
    await find('sweeper')?.run?.()
    expect(events).toEqual(['bury'])
  })

  it('begins with a look at all accounts', async () => {
    const { find, events } = upkeep(true)
    await find('reconciler')?.onGained?.()
    expect(events).toEqual(['want *', 'wake fetch *'])
  })
})
