import type { RememberedMessage } from '../store/conversation-store.ts'

const CUSTOMER = 3

/** Words of the customer's that still stand: no event, nothing taken back. */
export function isOfCustomer({ origin, state, text }: Pick<RememberedMessage, 'origin' | 'state' | 'text'>): boolean {
  return origin === CUSTOMER && state !== 'recalled' && text !== ''
}
