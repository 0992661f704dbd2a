/** kf/account/list. Source: developer.work.weixin.qq.com/document/path/94661 */
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalInteger } from './api-call.ts'

const MAX_LIMIT = 100

export const listAccounts: ApiHandler = ({ corp }, { body }) => {
  const offset = optionalInteger(body, 'offset', 0)
  const limit = optionalInteger(body, 'limit', MAX_LIMIT)
  if (offset < 0) refuse(40058, 'offset must not be negative')
  if (limit < 1 || limit > MAX_LIMIT) refuse(40058, `limit must be 1 to ${MAX_LIMIT}`)
  const accounts = [...corp.accounts.values()].filter(({ authorised }) => authorised).slice(offset, offset + limit)
  return {
    account_list: accounts.map(({ openKfId, name }) => ({
      open_kfid: openKfId,
      name,
      avatar: 'https://wework.qpic.cn/wwpic/none/0',
      manage_privilege: true,
    })),
  }
}
