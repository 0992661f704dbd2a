/**
 * A call with an access token. One that the platform refuses is replaced and the call made once more. What only the operator can
 * mend is said loudly, once in ten minutes per errcode. While the address is not trusted nothing is sent for half a minute: every
 * call would be refused alike.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { AccessToken } from './access-token.ts'
import type { Call } from './call.ts'
import type { Endpoint } from './endpoint.ts'
import { describeErrcode } from './error-table.ts'
import { refused } from './wecom-error.ts'

export interface CallWithTokenDeps {
  call: Call
  accessToken: AccessToken
  /** Unix milliseconds. */
  now: () => number
  log: Logger
}

export type CallWithToken = <Input, Output>(
  endpoint: Endpoint<Input, Output>,
  input: Input,
  signal: AbortSignal,
) => Promise<Output>

const untrustedAddress = 60020
const untrustedHoldMs = 30_000
const alertEveryMs = 10 * 60_000

export function createCallWithToken({ call, accessToken, now, log }: CallWithTokenDeps): CallWithToken {
  const alertedAt = new Map<number, number>()
  let untrustedUntil = 0

  async function attempt<Input, Output>(endpoint: Endpoint<Input, Output>, input: Input, signal: AbortSignal) {
    const token = await accessToken.get(signal)
    try {
      return await call(endpoint, input, token, signal)
    } catch (error) {
      if (!isAppError(error, 'wecom.refused') || error.details.action !== 'refresh-token') throw error
      const other = await accessToken.replace(token, signal)
      if (other === undefined) throw error
      return await call(endpoint, input, other, signal)
    }
  }

  function alert(endpoint: string, errcode: number, hint: string): void {
    const { meaning, meaningEn, action } = describeErrcode(errcode)
    if (action !== 'alert' || now() - (alertedAt.get(errcode) ?? Number.NEGATIVE_INFINITY) < alertEveryMs) return
    alertedAt.set(errcode, now())
    log.error('wecom.alert', { endpoint, errcode, meaning, meaningEn, hint })
  }

  return async (endpoint, input, signal) => {
    if (now() < untrustedUntil) throw refused(endpoint.path, untrustedAddress)
    try {
      return await attempt(endpoint, input, signal)
    } catch (error) {
      if (isAppError(error, 'wecom.refused')) {
        const errcode = Number(error.details.errcode)
        if (errcode === untrustedAddress) untrustedUntil = now() + untrustedHoldMs
        alert(endpoint.path, errcode, String(error.details.hint))
      }
      throw error
    }
  }
}
