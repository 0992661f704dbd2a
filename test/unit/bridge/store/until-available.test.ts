import { describe, expect, it } from 'vitest'
import { untilAvailable } from '../../../../bridge/store/until-available.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const away = () => new AppError('database.unavailable', 'away', { retryable: true })

describe('untilAvailable', () => {
  it('waits for a database that goes away during the start, and says so', async () => {
    const log = createRecordingLogger()
    const failures: Error[] = [away(), away()]
    const work = async () => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return 'there'
    }
    expect(await untilAvailable(work, { log })).toBe('there')
    expect(log.lines.map(({ name }) => name)).toEqual(['database.waiting', 'database.waiting'])
  })

  it('waits for nothing else', async () => {
    const log = createRecordingLogger()
    const wrong = new AppError('database.no-identity', 'not ours', { retryable: false })
    await expect(untilAvailable(() => Promise.reject(wrong), { log })).rejects.toBe(wrong)
  })
})
