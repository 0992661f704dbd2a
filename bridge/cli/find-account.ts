import { AppError } from '../../shared/app-error.ts'
import type { Call } from './command.ts'
import type { Platform } from './open-platform.ts'
import { printable } from './printable.ts'
import { usageError } from './usage-error.ts'

/** The option that `findAccount` reads. */
export const accountOption = {
  account: {
    type: 'string',
    value: 'ACCOUNT',
    about: {
      zh: '客服账号：open_kfid 或名称；只有一个账号时可省略',
      en: 'the account: its open_kfid or its name; not needed where there is one only',
    },
  },
} as const

/** The id of the account that is meant. Throws `cli.usage` when that is not clear, and like a call of the platform. */
export async function findAccount(
  { wecom, signal }: Pick<Platform, 'wecom' | 'signal'>,
  { options, say, progress }: Pick<Call, 'options' | 'say' | 'progress'>,
): Promise<string> {
  const { account: given } = options
  // An id is the platform's to check: that saves a call.
  if (typeof given === 'string' && /^wk[\w-]{10,}$/.test(given)) return given
  const accounts = await progress({ zh: '读取客服账号', en: 'reading accounts' }, wecom.listAccounts(signal))
  const usable = accounts.filter(({ mayUse }) => mayUse)
  const found =
    given === undefined ? usable : usable.filter(({ openKfId, name }) => openKfId === given || name === given)
  const [account, another] = found
  if (account !== undefined && another === undefined) return account.openKfId
  const list = usable.map(({ openKfId, name }) => `\n  ${openKfId}  ${printable(name)}`).join('')
  if (usable.length === 0) {
    const message = say({
      zh: '没有可用的客服账号：先用 accounts add 添加，或在管理后台把账号交给本应用',
      en: 'there is no account to use: add one by accounts add, or assign one to the app in the admin console',
    })
    throw new AppError('cli.no-account', message, { retryable: false })
  }
  throw usageError(
    given === undefined || another !== undefined
      ? say({ zh: `请用 --account 指明客服账号：${list}`, en: `Name the account by --account: ${list}` })
      : say({
          zh: `没有这个客服账号：${printable(String(given))}。现有：${list}`,
          en: `There is no account ${printable(String(given))}. There are: ${list}`,
        }),
  )
}
