/** The jobs of one process: begun one by one, ended all together. */
import { type RunningJob, type SingleJob, type SingleJobDeps, startSingleJob } from './single-job.ts'

export interface Jobs {
  start(job: SingleJob): void
  /** Names of those that this process does for all, in the order of their start. */
  held(): string[]
  stop(): Promise<void>
}

export function createJobs(deps: SingleJobDeps): Jobs {
  const running: RunningJob[] = []
  return {
    start: (job) => void running.push(startSingleJob(job, deps)),
    held: () => running.filter((job) => job.isHeld).map((job) => job.name),
    async stop() {
      await Promise.all(running.map((job) => job.stop()))
    },
  }
}
