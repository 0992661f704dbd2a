/**
 * Asks again only when the last answer is older; several who ask at once share one answer. A failure is not kept. `maxAgeMs` may depend on how
 * long the last answer took, ms.
 */
export function keepFor<T>(maxAgeMs: number | ((tookMs: number) => number), ask: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T> } | undefined
  let tookMs = 0
  const maxAge = () => (typeof maxAgeMs === 'number' ? maxAgeMs : maxAgeMs(tookMs))
  return () => {
    if (kept !== undefined && performance.now() - kept.at < maxAge()) return kept.value
    const value = ask()
    const asked = { at: performance.now(), value }
    kept = asked
    value.then(
      () => {
        tookMs = performance.now() - asked.at
      },
      () => {
        if (kept === asked) kept = undefined
      },
    )
    return value
  }
}
