import { ALL_ACCOUNTS } from '../settings/settings.ts'
import type { Database } from '../store/database.ts'
import { createOverviewStore } from '../store/overview-store.ts'
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

/** Throws `cli.usage` for an account that is none of those which were found; before any was found, all go. */
export async function checkScope(scope: string, database: Database, { say }: Pick<Call, 'say'>): Promise<void> {
  const known = (await createOverviewStore(database).accounts()).map(({ openKfId }) => openKfId)
  if (scope === ALL_ACCOUNTS || known.length === 0 || known.includes(scope)) return
  const list = known.map((id) => `\n  ${id}`).join('')
  throw usageError(
    say({ zh: `没有这个客服账号：${scope}。现有：${list}`, en: `There is no account ${scope}. There are: ${list}` }),
  )
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
