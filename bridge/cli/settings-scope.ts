import { ALL_ACCOUNTS } from '../settings/settings.ts'
import type { Call, CommandOption } from './command.ts'
import { textOption } from './require-option.ts'
import { usageError } from './usage-error.ts'

/** Whom a setting is for: the account that is named, or all of them. */
export const scopeOption: Readonly<Record<'account', CommandOption>> = {
  account: {
    type: 'string',
    value: 'OPEN_KFID',
    about: { zh: '只对这个客服账号；不写则对所有账号', en: 'for this account only; without it, for all' },
  },
}

/** Throws `cli.usage`. */
export function toScope(call: Pick<Call, 'options' | 'say'>): string {
  const account = textOption('account', call)
  if (account === undefined) return ALL_ACCOUNTS
  if (/^[\w-]{1,128}$/.test(account)) return account
  throw usageError(
    call.say({
      zh: '--account 要写客服账号的 open_kfid（npm run kefu -- accounts list 可以查到）',
      en: '--account must be the open_kfid of an account (npm run kefu -- accounts list shows them)',
    }),
  )
}
