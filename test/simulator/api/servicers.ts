/**
 * kf/servicer/add, del and list: who answers for an account. A list is taken apart: each entry has an errcode of its own.
 * Sources: developer.work.weixin.qq.com/document/path/94646, path/94647, path/94645
 */
import { type Account, newServicer } from '../corp.ts'
import { describeErrorCode } from '../error-codes.ts'
import type { Platform } from '../platform.ts'
import { refuse, toRefusal } from '../refuse.ts'
import { type ApiCall, type ApiHandler, optionalIntegers, optionalStrings, requireString } from './api-call.ts'
import { checkMember, findAccount } from './find-parties.ts'

const MAX_USERS = 100
const MAX_ADDED_DEPARTMENTS = 20
const MAX_REMOVED_DEPARTMENTS = 100

/** What became of one entry: whether it changed anything. Refuses as a whole call would. */
type Change<T> = (entry: T) => boolean

export const addServicers: ApiHandler = (platform, { body }) => {
  const { corp, switches } = platform
  const given = readLists(body, MAX_ADDED_DEPARTMENTS)
  const account = findAccount(platform, requireString(body, 'open_kfid'))
  const { servicers, departments } = account
  const isFull = () => servicers.size + departments.size >= switches.maxServicers
  return applyToEach(platform, given, {
    user: (userId) => {
      checkMember(platform, userId)
      if (servicers.has(userId)) return false
      if (isFull()) refuse(95020, `an account has at most ${switches.maxServicers} servicers`)
      servicers.set(userId, newServicer(userId))
      return true
    },
    department: (id) => {
      if (!corp.hasDepartment(id)) refuse(switches.unknownDepartmentErrcode, 'no such department')
      if (departments.has(id)) return false
      if (isFull()) refuse(95020, `an account has at most ${switches.maxServicers} servicers`)
      departments.add(id)
      return true
    },
  })
}

export const deleteServicers: ApiHandler = (platform, { body }) => {
  const given = readLists(body, MAX_REMOVED_DEPARTMENTS)
  const { servicers, departments } = findAccount(platform, requireString(body, 'open_kfid'))
  return applyToEach(platform, given, {
    user: (userId) => {
      if (!platform.corp.members.has(userId)) refuse(60111, 'no such member')
      return servicers.delete(userId)
    },
    department: (id) => departments.delete(id),
  })
}

/** `status` here: 0 receiving, 1 stopped. The event counts them from 1. */
export const listServicers: ApiHandler = (platform, { query }) => {
  const openKfId = query('open_kfid') ?? ''
  if (openKfId === '') refuse(40058, 'open_kfid is missing in the query')
  const { servicers, departments }: Account = findAccount(platform, openKfId)
  return {
    servicer_list: [
      ...servicers.values().map(({ userId, receiving, stopType }) => ({
        userid: userId,
        status: receiving ? 0 : 1,
        ...(receiving ? {} : { stop_type: stopType }),
      })),
      ...departments.values().map((id) => ({ department_id: id })),
    ],
  }
}

interface Lists {
  userIds: readonly string[]
  departmentIds: readonly number[]
}

function readLists(body: ApiCall['body'], maxDepartments: number): Lists {
  const userIds = optionalStrings(body, 'userid_list', MAX_USERS)
  const departmentIds = optionalIntegers(body, 'department_id_list', maxDepartments)
  if (userIds.length + departmentIds.length === 0) refuse(40058, 'userid_list or department_id_list is needed')
  return { userIds, departmentIds }
}

function applyToEach(
  platform: Platform,
  { userIds, departmentIds }: Lists,
  change: { user: Change<string>; department: Change<number> },
) {
  const result_list = [
    ...userIds.map((userid) => ({ userid, ...outcomeOf(() => change.user(userid)) })),
    ...departmentIds.map((department_id) => ({ department_id, ...outcomeOf(() => change.department(department_id)) })),
  ]
  platform.book.add({ kind: 'changed', openKfId: '', externalUserId: '' })
  return { result_list }
}

function outcomeOf(change: () => boolean): { errcode: number; errmsg: string } {
  try {
    return { errcode: 0, errmsg: change() ? 'success' : 'ignored' }
  } catch (error) {
    const refusal = toRefusal(error)
    if (refusal === undefined) throw error
    return { errcode: refusal.errcode, errmsg: describeErrorCode(refusal.errcode).errmsg }
  }
}
