/**
 * The one way to the company's mailbox. Every caller comes through here, because the first access ever decides where the
 * object lives, for good: a health check from elsewhere must not place it across the ocean.
 */
import { AppError } from '../../shared/app-error.ts'
import type { EdgeBindings } from '../env.ts'
import type { Mailbox } from './mailbox.ts'

/** The runtime repeats calls that never arrived; the platform waits 5 s for a callback, so this ends before. */
const RETRY_TIMEOUT_MS = 3000
/** For the whole call: one that hangs is answered 503 while the platform still listens. */
const DEADLINE_MS = 4000

/** Runs one call on the mailbox. Throws `mailbox.unavailable`, retryable, for a failure of any kind, or after 4 s. */
export async function callMailbox<Result>(
  { MAILBOX }: Pick<EdgeBindings, 'MAILBOX'>,
  corpId: string,
  call: (mailbox: DurableObjectStub<Mailbox>) => Promise<Result>,
): Promise<Result> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), DEADLINE_MS)
  try {
    const mailbox = MAILBOX.getByName(corpId, { locationHint: 'apac', retry: { timeoutMs: RETRY_TIMEOUT_MS } })
    return await Promise.race([call(mailbox), deadline])
  } catch (cause) {
    // The runtime's own words: they say which limit of the plan is used up. The mailbox puts no content into errors.
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown'
    throw new AppError('mailbox.unavailable', 'the mailbox failed', { retryable: true, cause, details: { reason } })
  } finally {
    clearTimeout(timer)
  }
}
