/**
 * The errors of the platform's client. None of them holds a URL, a token, a secret or the platform's errmsg (it may quote the
 * request), and none has a cause: what fetch throws can name the whole URL.
 */
import { AppError } from '../../shared/app-error.ts'
import { describeErrcode, isRetryableAction } from './error-table.ts'

/**
 * The platform answered `errcode`, or would have. The hint is what Tencent's support asks for; `address`, of an untrusted caller, is
 * the one to be trusted.
 */
export function refused(
  endpoint: string,
  errcode: number,
  errmsg = '',
  details: Record<string, string | number> = {},
): AppError {
  const { meaningEn, action } = describeErrcode(errcode)
  const hint = /hint: ?\[([\w-]{1,100})\]/.exec(errmsg)?.[1] ?? ''
  const address = errcode === 60020 ? /from ip: ?([0-9a-fA-F.:]{3,45})/.exec(errmsg)?.[1] : undefined
  const what =
    details.field === undefined ? meaningEn : `${meaningEn}: ${details.field} must be one that ${details.rule}`
  return new AppError('wecom.refused', `${endpoint} was refused with ${errcode}: ${what}`, {
    retryable: isRetryableAction(action),
    details: { endpoint, errcode, action, hint, ...(address === undefined ? {} : { address }), ...details },
  })
}

export interface ExceededLimit {
  found: number
  limit: number
  unit: 'bytes' | 'characters' | 'items' | 'seconds'
}

/** Refused by us, with the code that the platform would give, because a limit that is known is not kept. */
export function refusedByLimit(
  endpoint: string,
  errcode: number,
  field: string,
  { found, limit, unit }: ExceededLimit,
): AppError {
  const { action } = describeErrcode(errcode)
  const bound = found > limit ? 'at most' : 'at least'
  return new AppError('wecom.refused', `${endpoint}: ${field} has ${found} ${unit}, allowed are ${bound} ${limit}`, {
    retryable: false,
    details: { endpoint, errcode, action, hint: '', field, found, limit, unit },
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
