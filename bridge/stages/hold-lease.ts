/** Keeps a lease alive while its work runs, and tells the work to stop when the lease is lost or the bridge shuts down. */

export interface HeldLease {
  readonly signal: AbortSignal
  stop(): void
}

export function holdLease(renew: () => Promise<boolean>, leaseMs: number, shutdown: AbortSignal): HeldLease {
  const lost = new AbortController()
  let until = performance.now() + leaseMs
  const timer = setInterval(async () => {
    const before = performance.now()
    const isHeld = await renew().catch(() => undefined)
    if (isHeld === true) until = before + leaseMs
    // A database that is away can't tell; the lease itself says when to stop.
    else if (isHeld === false || performance.now() >= until) lost.abort(new DOMException('lease lost', 'AbortError'))
  }, leaseMs / 3)
  timer.unref()
  return { signal: AbortSignal.any([lost.signal, shutdown]), stop: () => clearInterval(timer) }
}
