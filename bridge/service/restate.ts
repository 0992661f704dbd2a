/** What the customer's last words stand for, where they tapped an item of a menu that asks something. */
import type { ServiceDesk } from '../stages/service-desk.ts'
import { isOfCustomer } from './is-of-customer.ts'
import type { MenuBook } from './menus/menu-book.ts'
import { readTap } from './read-tap.ts'

export function createRestate(menus: Pick<MenuBook, 'findTap'>): ServiceDesk['restate'] {
  return ({ claim, unanswered }) => {
    const last = unanswered.filter(isOfCustomer).at(-1)
    const tap = last === undefined ? '' : readTap(last.raw)
    const action = tap === '' ? undefined : menus.findTap(claim.openKfId, tap)
    return action?.kind === 'ask' ? action.question : undefined
  }
}
