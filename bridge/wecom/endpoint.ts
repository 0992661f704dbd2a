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
  /** Lenient: only what is used is asked for. Sees the answer only when it is no failure. */
  response: z.ZodType<Output>
}
