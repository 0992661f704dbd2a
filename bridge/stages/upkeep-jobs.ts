/** The jobs that keep the rows moving and small: who sweeps, who pulls what no callback told of, who watches the clock, who forgets. */
import type { Bus } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import type { ClockStore } from '../store/clock-store.ts'
import type { DueStore, SweptStage } from '../store/due-store.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { RetentionStore } from '../store/retention-store.ts'
import type { SyncStore } from '../store/sync-store.ts'
import { createClockGuard } from './clock-guard.ts'
import { createReconcile } from './reconciler.ts'
import { createRetention } from './retention.ts'
import type { SingleJob } from './single-job.ts'
import { createSweep } from './sweeper.ts'
import type { Waker } from './waker.ts'

export interface UpkeepJobsDeps {
  instance: Pick<InstanceStore, 'id' | 'buryDead'>
  due: Pick<DueStore, 'take'>
  sync: Pick<SyncStore, 'longestUnpulled' | 'wantAll'>
  clock: ClockStore
  retention: RetentionStore
  bus: Pick<Bus, 'publish' | 'state'>
  waker: Pick<Waker, 'wake'>
  now: () => number
  log: Logger
}

export interface UpkeepJobsOptions {
  /** Those that somebody behind the bus consumes. */
  stages: readonly SweptStage[]
  /** Whether all processes share a bus, and so a sweeper; otherwise each sweeps for itself. */
  isBusShared: boolean
  /** How long what was said is kept, ms; undefined: for ever. */
  keepMs: number | undefined
  timing: UpkeepTiming
}

/** In milliseconds. */
export interface UpkeepTiming {
  /** Between two sweeps. */
  sweepMs: number
  /** Between two reconciling pulls of the whole corp. */
  reconcileMs: number
  /** How long an account is left alone after a pull. */
  reconcileMinAgeMs: number
  /** Between two looks for what is too old, and between two batches of what is. */
  retentionMs: number
  retentionPauseMs: number
}

export function toUpkeepJobs(deps: UpkeepJobsDeps, options: UpkeepJobsOptions): SingleJob[] {
  const { instance, bus, sync, waker, now, log } = deps
  const { timing } = options
  const sweep = createSweep({
    due: deps.due,
    publish: (pointer) => bus.publish(pointer),
    isUp: () => bus.state().up,
    stages: options.stages,
    log,
  })
  const guard = createClockGuard({ clock: deps.clock, now, log })
  const retention = createRetention(
    { retention: deps.retention, now, log },
    { keepMs: options.keepMs, pauseMs: timing.retentionPauseMs },
  )
  return [
    {
      name: options.isBusShared ? 'sweeper' : `sweeper:${instance.id}`,
      everyMs: timing.sweepMs,
      async run() {
        await instance.buryDead()
        await sweep()
      },
    },
    {
      name: 'reconciler',
      everyMs: timing.reconcileMs,
      async onGained() {
        await sync.wantAll(['*'])
        waker.wake({ stage: 'fetch', key: '*' })
      },
      run: createReconcile({ sync, wake: waker.wake, now }, { minAgeMs: timing.reconcileMinAgeMs }),
    },
    { name: 'clock', everyMs: timing.sweepMs, onGained: guard.start, run: guard.check },
    { name: 'retention', everyMs: timing.retentionMs, run: retention.run, onLost: retention.stop },
  ]
}
