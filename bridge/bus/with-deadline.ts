/** Settles as `work` does, or rejects with what `toError` makes once `timeoutMs` have passed. The work itself goes on. */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, toError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toError()), timeoutMs)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
