/** kf/service_state/get and /trans. Source: developer.work.weixin.qq.com/document/path/94669 */
import { currentState, enterState, type ServiceState } from '../conversation.ts'
import type { Account } from '../corp.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalInteger, optionalString, requireString } from './api-call.ts'
import { checkMember, findAccount, findCustomer } from './find-parties.ts'

export const getServiceState: ApiHandler = (platform, { body }) => {
  const openKfId = requireString(body, 'open_kfid')
  const externalUserId = requireString(body, 'external_userid')
  findAccount(platform, openKfId)
  findCustomer(platform, externalUserId)
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  const state = currentState(conversation, platform.clock.now())
  return { service_state: state, servicer_userid: state === 3 ? conversation.servicerUserId : '' }
}

export const transServiceState: ApiHandler = (platform, { body }) => {
  const { corp, clock, switches, book, tally } = platform
  const openKfId = requireString(body, 'open_kfid')
  const externalUserId = requireString(body, 'external_userid')
  const to = toState(optionalInteger(body, 'service_state', -1))
  const servicerUserId = optionalString(body, 'servicer_userid')
  if (to === 3 && servicerUserId === '') refuse(40058, 'servicer_userid is needed for state 3')
  const account = findAccount(platform, openKfId)
  findCustomer(platform, externalUserId)
  const conversation = corp.conversation(openKfId, externalUserId)
  const from = currentState(conversation, clock.now())
  const isAllowed = switches.transitions.some((transition) => transition[0] === from && transition[1] === to)
  if (!isAllowed) refuse(95016, `state ${from} cannot become ${to}`)
  if (to === 3) checkServicer(platform, account, servicerUserId)

  enterState(conversation, to, servicerUserId)
  if ((to === 2 || to === 3) && from < 2) tally.wentToPeople(conversation)
  book.add({ kind: 'changed', openKfId, externalUserId })
  if (to === 4) return { msg_code: corp.issueCode('end', conversation) }
  if ((to !== 2 && to !== 3) || conversation.codesGiven.has(to)) return {}
  conversation.codesGiven.add(to)
  return { msg_code: corp.issueCode(to === 2 ? 'pool' : 'taken', conversation) }
}

function toState(value: number): ServiceState {
  if (value !== 0 && value !== 1 && value !== 2 && value !== 3 && value !== 4) {
    refuse(40058, 'service_state must be 0 to 4')
  }
  return value
}

function checkServicer(platform: Platform, account: Account, userId: string): void {
  const servicer = platform.corp.servicer(account, userId)
  if (servicer === undefined) refuse(95014, 'the member is not a servicer of this account')
  checkMember(platform, userId)
  if (!servicer.receiving) refuse(95019, 'the servicer has stopped receiving')
}
