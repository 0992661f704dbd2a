interface Burst {
  dirty: number
  answered: number
  last_error: string
  due: number
}

/** When a burst can be answered. What comes while an answer waits for its next try does not shorten that. */
export function toDue({ dirty, answered, last_error, due }: Burst, quietAt: number, latestAt: number): number {
  const burstAt = Math.min(quietAt, latestAt)
  return dirty > answered && last_error !== '' ? Math.max(due, burstAt) : burstAt
}
