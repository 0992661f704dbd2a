/**
 * The errors of the platform's client. None of them holds a URL, a token, a secret or the platform's errmsg (it may quote the
 * request), and none has a cause: what fetch throws can name the whole URL.
 */
import { AppError } from '../../shared/app-error.ts'
import { describeErrcode, isRetryableAction } from './error-table.ts'

/** The platform answered `errcode`. The hint is what Tencent's support asks for. */
export function refused(endpoint: string, errcode: number, errmsg = ''): AppError {
  const { meaningEn, action } = describeErrcode(errcode)
  const hint = /hint: ?\[([\w-]{1,100})\]/.exec(errmsg)?.[1] ?? ''
  return new AppError('wecom.refused', `${endpoint} was refused with ${errcode}: ${meaningEn}`, {
    retryable: isRetryableAction(action),
    details: { endpoint, errcode, action, hint },
  })
}

/** Refused by us, with the code that the platform would give, because it exceeds a limit that is known. */
export function refusedByLimit(
  endpoint: string,
  errcode: number,
  field: string,
  found: number,
  limit: number,
): AppError {
  const { action } = describeErrcode(errcode)
  return new AppError('wecom.refused', `${endpoint}: ${field} has ${found} bytes, the limit is ${limit}`, {
    retryable: false,
    details: { endpoint, errcode, action, hint: '', field, bytes: found, maxBytes: limit },
  })
}

export type UnreachableReason =
  /** No connection, or it was cut. */
  | 'network'
  /** No whole answer in time. */
  | 'deadline'
  /** The caller gave up. */
  | 'aborted'
  /** An HTTP status other than 2xx, from a proxy or a broken gateway. */
  | 'status'
  | 'too-large'
  | 'not-json'
  /** JSON without what the documentation promises. */
  | 'shape'

/** Nothing usable came back. Whether the call was carried out is unknown. */
export function unreachable(
  endpoint: string,
  reason: UnreachableReason,
  details: Record<string, string | number> = {},
): AppError {
  return new AppError('wecom.unreachable', `${endpoint} gave no usable answer: ${reason}`, {
    retryable: true,
    details: { endpoint, reason, ...details },
  })
}
