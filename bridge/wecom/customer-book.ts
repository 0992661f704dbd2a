/**
 * Customers' names and pictures: asked for a hundred at a time and kept for ten minutes, since one customer is looked at often while
 * they write. The platform knows only those who entered or wrote in the last 48 hours.
 * Source: https://developer.work.weixin.qq.com/document/path/95159
 */
import type { Endpoint } from './endpoint.ts'
import { type Customer, type CustomerBatch, getCustomers } from './endpoints/get-customers.ts'

export interface CustomerBookDeps {
  call: <Input, Output>(endpoint: Endpoint<Input, Output>, input: Input, signal: AbortSignal) => Promise<Output>
  /** Unix milliseconds. */
  now: () => number
}

export interface CustomerBook {
  /** Each id once, in the order asked for. `isFresh` asks the platform also for those that are known. */
  get(externalUserIds: readonly string[], signal: AbortSignal, isFresh?: boolean): Promise<CustomerBatch>
}

const perCall = 100
const keepMs = 10 * 60_000
const mostKept = 10_000

export function createCustomerBook({ call, now }: CustomerBookDeps): CustomerBook {
  // The oldest entry is the first: an entry that is renewed is put last.
  const kept = new Map<string, { customer: Customer; at: number }>()

  function keep(customer: Customer): void {
    kept.delete(customer.externalUserId)
    kept.set(customer.externalUserId, { customer, at: now() })
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break
      kept.delete(oldest)
    }
  }

  return {
    async get(externalUserIds, signal, isFresh = false) {
      const ids = [...new Set(externalUserIds)]
      const found = new Map<string, Customer>()
      for (const id of isFresh ? [] : ids) {
        const known = kept.get(id)
        // Who is not known is asked for each time: they may write any moment.
        if (known !== undefined && Math.abs(now() - known.at) < keepMs) found.set(id, known.customer)
      }
      const asked = ids.filter((id) => !found.has(id))
      for (let no = 0; no < asked.length; no += perCall) {
        const batch = asked.slice(no, no + perCall)
        const { customers } = await call(getCustomers, { externalUserIds: batch, withEntry: true }, signal)
        for (const customer of customers) {
          found.set(customer.externalUserId, customer)
          keep(customer)
        }
      }
      return {
        customers: ids.flatMap((id) => found.get(id) ?? []),
        invalidIds: ids.filter((id) => !found.has(id)),
      }
    },
  }
}
