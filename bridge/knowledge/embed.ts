/** Texts as vectors, so that what means the same is near. */

/**
 * One vector per text, in the same order, all of the same length. Rejects with `vendor.unavailable` (retryable), `vendor.account` or
 * `vendor.refused`; see call-vendor.ts.
 */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<Float32Array[]>
