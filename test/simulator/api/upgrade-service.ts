/**
 * kf/customer/get_upgrade_service_config, upgrade_service and cancel_upgrade_service: hands a customer to a member or a group
 * chat that the console has allowed. Source: developer.work.weixin.qq.com/document/path/94674
 */
import { refuse } from '../refuse.ts'
import {
  type ApiCall,
  type ApiHandler,
  optionalInteger,
  optionalString,
  requireObject,
  requireString,
} from './api-call.ts'
import { findAccount, findCustomer } from './find-parties.ts'

export const getUpgradeConfig: ApiHandler = ({ corp, switches }) => {
  const { userIds, departmentIds, chatIds } = corp.upgrade
  return {
    member_range: { userid_list: userIds, [switches.upgradeDepartmentsKey]: departmentIds },
    groupchat_range: { chat_id_list: chatIds },
  }
}

/** Refuses with 95021 when the console has not allowed the member or the chat. */
export const upgradeService: ApiHandler = (platform, { body }) => {
  const { corp, book, tally } = platform
  const place = readPlace(body)
  const type = optionalInteger(body, 'type', 0)
  if (type !== 1 && type !== 2) refuse(40058, 'type must be 1 (member) or 2 (group chat)')
  const what = type === 1 ? 'member' : 'groupchat'
  const fields = requireObject(body, what)
  const target = requireString(fields, type === 1 ? 'userid' : 'chat_id')
  const wording = optionalString(fields, 'wording')
  findAccount(platform, place.openKfId)
  findCustomer(platform, place.externalUserId)
  const { userIds, departmentIds, chatIds } = corp.upgrade
  const isAllowedMember =
    userIds.includes(target) || corp.members.get(target)?.departments.some((id) => departmentIds.includes(id)) === true
  if (type === 1 ? !isAllowedMember : !chatIds.includes(target)) {
    refuse(95021, 'the console has not allowed this member or chat')
  }
  tally.upgradeOffered(corp.conversation(place.openKfId, place.externalUserId), what)
  book.add({ kind: 'offered', ...place, what, target, wording })
  return {}
}

export const cancelUpgradeService: ApiHandler = (platform, { body }) => {
  const place = readPlace(body)
  findAccount(platform, place.openKfId)
  findCustomer(platform, place.externalUserId)
  platform.book.add({ kind: 'offered', ...place, what: 'cancelled', target: '', wording: '' })
  return {}
}

function readPlace(body: ApiCall['body']) {
  return {
    openKfId: requireString(body, 'open_kfid'),
    externalUserId: requireString(body, 'external_userid'),
  }
}
