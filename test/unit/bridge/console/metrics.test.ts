import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../../bridge/console/metrics.ts'

function createTestMetrics() {
  const database = { isAway: false }
  const ask = async <T>(value: T): Promise<T> => {
    if (database.isAway) throw new Error('away')
    return value
  }
  const metrics = createMetrics({
    backlog: () => ask([{ stage: 'reply', count: 3, oldestDue: 1000 }]),
    parked: () => ask(2),
    relayUp: () => 1,
    busUp: () => 0,
    now: () => 8000,
  })
  return { database, metrics }
}

describe('createMetrics', () => {
  it('tells what waits, since when, and what was given up', async () => {
    const { metrics } = createTestMetrics()
    const text = await metrics.text()
    expect(text).toContain('kefu_due{stage="reply"} 3')
    expect(text).toContain('kefu_oldest_due_seconds{stage="reply"} 7')
    expect(text).toContain('kefu_parked 2')
  })

  it('tells the rest while the database is away, and nothing that is out of date', async () => {
    const { database, metrics } = createTestMetrics()
    await metrics.text()
    database.isAway = true
    const text = await metrics.text()
    expect(text).toContain('kefu_relay_up 1')
    expect(text).not.toContain('kefu_due{')
    expect(text).not.toContain('kefu_oldest_due_seconds{')
    expect(text).not.toMatch(/^kefu_parked /m)
  })
})
