import type { KnowledgeVendor } from '../call-vendor.ts'

/** Who makes vectors or puts passages in order. */
export interface ModelServer extends KnowledgeVendor {
  /** For one call, its repetitions included. Default that of the call. */
  deadlineMs?: number
}
