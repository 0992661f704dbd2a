/** The checks that every call about an account or a customer begins with. */
import type { Account, Customer } from '../corp.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'

/** Refuses with 95000 (no such form), 95004 (does not exist), 48007 (not given to the app). */
export function findAccount(platform: Platform, openKfId: string): Account {
  if (!/^wk[0-9A-Za-z_-]{1,62}$/.test(openKfId)) refuse(95000, 'open_kfid does not have the form wk…')
  const account = platform.corp.accounts.get(openKfId)
  if (account === undefined) refuse(95004, 'no such account in this corp')
  if (!account.authorised) refuse(48007, 'the account was not given to this app')
  return account
}

/** Refuses with 40096. */
export function findCustomer(platform: Platform, externalUserId: string): Customer {
  const customer = platform.corp.customers.get(externalUserId)
  if (customer === undefined) refuse(40096, 'no such customer')
  return customer
}

/** Refuses with 60111 (no such member), 60030 (outside of the app's visible range), 95014 (not activated). */
export function checkMember(platform: Platform, userId: string): void {
  const member = platform.corp.members.get(userId)
  if (member === undefined) refuse(60111, 'no such member')
  if (!member.visible) refuse(60030, 'the member is outside of the visible range of the app')
  if (!member.activated) refuse(95014, 'the member has not activated WeCom')
}
