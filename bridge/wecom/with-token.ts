/**
 * Runs a call with an access token. One that the platform refuses is replaced and the call made once more. What only the operator can
 * mend is said loudly, once in ten minutes per errcode. While the address is not trusted nothing is sent for half a minute: every
 * call would be refused alike.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { AccessToken } from './access-token.ts'
import { describeErrcode } from './error-table.ts'
import { refused } from './wecom-error.ts'

export interface WithTokenDeps {
  accessToken: AccessToken
  /** Unix milliseconds. */
  now: () => number
  log: Logger
}

export type WithToken = <T>(path: string, operate: (token: string) => Promise<T>, signal: AbortSignal) => Promise<T>

const untrustedAddress = 60020
const untrustedHoldMs = 30_000
const alertEveryMs = 10 * 60_000

export function createWithToken({ accessToken, now, log }: WithTokenDeps): WithToken {
  const alertedAt = new Map<number, number>()
  let untrustedUntil = 0

  async function attempt<T>(operate: (token: string) => Promise<T>, signal: AbortSignal): Promise<T> {
    const token = await accessToken.get(signal)
    try {
      return await operate(token)
    } catch (error) {
      if (!isAppError(error, 'wecom.refused') || error.details.action !== 'refresh-token') throw error
      const other = await accessToken.replace(token, signal)
      if (other === undefined) throw error
      return await operate(other)
    }
  }

  function alert(endpoint: string, errcode: number, hint: string): void {
    const { meaning, meaningEn, action } = describeErrcode(errcode)
    if (action !== 'alert' || now() - (alertedAt.get(errcode) ?? Number.NEGATIVE_INFINITY) < alertEveryMs) return
    alertedAt.set(errcode, now())
    log.error('wecom.alert', { endpoint, errcode, meaning, meaningEn, hint })
  }

  return async (path, operate, signal) => {
    if (now() < untrustedUntil) throw refused(path, untrustedAddress)
    try {
      return await attempt(operate, signal)
    } catch (error) {
      if (isAppError(error, 'wecom.refused')) {
        const errcode = Number(error.details.errcode)
        if (errcode === untrustedAddress) untrustedUntil = now() + untrustedHoldMs
        alert(path, errcode, String(error.details.hint))
      }
      throw error
    }
  }
}
