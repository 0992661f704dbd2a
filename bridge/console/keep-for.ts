/** Asks again only when the last answer is older; several who ask at once share one answer. A failure is not kept. */
export function keepFor<T>(maxAgeMs: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T> } | undefined
  return () => {
    if (kept !== undefined && performance.now() - kept.at < maxAgeMs) return kept.value
    const value = ask()
    const asked = { at: performance.now(), value }
    kept = asked
    value.catch(() => {
      if (kept === asked) kept = undefined
    })
    return value
  }
}
