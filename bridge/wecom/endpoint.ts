/** One call that the platform offers, as data: where it is, what is sent, what comes back. `call.ts` does the rest. */
import type { z } from 'zod'

export interface Endpoint<Input, Output> {
  /** Path below the API base; also its name in errors and logs, e.g. `kf/send_msg`. */
  path: string
  method: 'GET' | 'POST'
  /** Query parameters besides the access token. */
  toQuery?: (input: Input) => Record<string, string>
  /** Throws `wecom.refused` for what the platform would refuse anyway. */
  toBody?: (input: Input) => Record<string, unknown>
  /** A multipart body in place of JSON. Throws like `toBody`. */
  toForm?: (input: Input) => FormData
  /** How many ordinary deadlines a call may take. Default 1. */
  deadlines?: number
  /** What is limited together with other calls. Default: all calls of this path. */
  rateKey?: (input: Input) => string
  /**
   * The account that a refusal concerns, on an endpoint that an access mode may not offer: such a refusal is remembered for an
   * hour. '' for an endpoint without one. Left out where both modes offer the endpoint.
   */
  optionalFor?: (input: Input) => string
  /**
   * A kind of input that only one access mode takes, on an endpoint that both offer: its name, and the errcode that says so. Such a
   * refusal is remembered like that of an endpoint.
   */
  variantOf?: (input: Input) => { name: string; lackedAt: number } | undefined
  /** Lenient: only what is used is asked for. Sees the answer only when it is no failure. */
  response: z.ZodType<Output>
}
