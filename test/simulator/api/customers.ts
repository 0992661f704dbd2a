/** kf/customer/batchget. Source: developer.work.weixin.qq.com/document/path/95159 */
import { createHash } from 'node:crypto'
import { HOUR_MS } from '../clock.ts'
import type { Customer } from '../corp.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalInteger, optionalStrings } from './api-call.ts'

const MAX_CUSTOMERS = 100
/** Only customers who entered or wrote in this time are answered for. */
const SEEN_WITHIN_MS = 48 * HOUR_MS

export const getCustomers: ApiHandler = ({ corp, clock, switches }, { body }) => {
  const ids = optionalStrings(body, 'external_userid_list', MAX_CUSTOMERS)
  if (ids.length === 0) refuse(40058, 'external_userid_list needs 1 to 100 ids')
  const withContext = optionalInteger(body, 'need_enter_session_context', 0)
  if (withContext !== 0 && withContext !== 1) refuse(40058, 'need_enter_session_context must be 0 or 1')
  const since = clock.now() - SEEN_WITHIN_MS
  const found: Customer[] = []
  const invalid: string[] = []
  for (const id of ids) {
    const customer = corp.customers.get(id)
    if (customer?.seenAt !== undefined && customer.seenAt >= since) found.push(customer)
    else invalid.push(id)
  }
  const toEntry = ({ externalUserId, name, avatar, gender, entered }: Customer) => ({
    external_userid: externalUserId,
    nickname: name,
    avatar,
    gender,
    ...(switches.unionIds ? { unionid: toUnionId(externalUserId) } : {}),
    ...(withContext === 1 && entered !== undefined && entered.at >= since
      ? { enter_session_context: toContext(entered.context) }
      : {}),
  })
  return { customer_list: found.map(toEntry), invalid_external_userid: invalid }
}

function toContext({ scene, sceneParam, wechatChannels }: NonNullable<Customer['entered']>['context']) {
  return {
    scene,
    scene_param: sceneParam,
    ...(wechatChannels === undefined ? {} : { wechat_channels: wechatChannels }),
  }
}

function toUnionId(externalUserId: string): string {
  return `o${createHash('sha256').update(externalUserId).digest('base64url').slice(0, 27)}`
}
