/**
 * kf/account/add, del, update and list. Source: developer.work.weixin.qq.com/document/path/94662, path/94663, path/94664,
 * path/94661
 */
import { namedId } from '../identifiers.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalInteger, optionalString, requireLength, requireString } from './api-call.ts'
import { findAccount } from './find-parties.ts'
import { findMedia } from './media.ts'

const MAX_LIMIT = 100
const MAX_NAME = 16
const MAX_MEDIA_ID_BYTES = 128
const MAX_UNVERIFIED_ACCOUNTS = 10

export const listAccounts: ApiHandler = ({ corp, switches }, { body }) => {
  const offset = optionalInteger(body, 'offset', 0)
  const limit = optionalInteger(body, 'limit', MAX_LIMIT)
  if (offset < 0) refuse(40058, 'offset must not be negative')
  if (limit < 1 || limit > MAX_LIMIT) refuse(40058, `limit must be 1 to ${MAX_LIMIT}`)
  const listed = corp.accounts.values().filter(({ authorised }) => authorised || switches.accountListShowsForeign)
  return {
    account_list: [...listed.drop(offset).take(limit)].map(({ openKfId, name, avatar, authorised }) => ({
      open_kfid: openKfId,
      name,
      avatar,
      manage_privilege: authorised,
    })),
  }
}

/** Refuses with 40058, 95006, 40007, 95027 and 95005. */
export const addAccount: ApiHandler = (platform, { body }) => {
  const { corp, switches, book } = platform
  const name = requireLength(requireString(body, 'name'), MAX_NAME, 'name', 95006)
  const avatar = toAvatar(platform, requireString(body, 'media_id'))
  if (!switches.corpVerified && corp.accounts.size >= MAX_UNVERIFIED_ACCOUNTS) {
    refuse(95027, `an unverified company has at most ${MAX_UNVERIFIED_ACCOUNTS} accounts`)
  }
  if (corp.accounts.size >= switches.maxAccounts)
    refuse(95005, `a company has at most ${switches.maxAccounts} accounts`)
  const { openKfId } = corp.addAccount({ name, avatar, openKfId: freshId(corp.accounts, name) })
  book.add({ kind: 'changed', openKfId: '', externalUserId: '' })
  return { open_kfid: openKfId }
}

export const deleteAccount: ApiHandler = (platform, { body }) => {
  const { openKfId } = findAccount(platform, requireString(body, 'open_kfid'))
  platform.corp.removeAccount(openKfId)
  platform.book.add({ kind: 'changed', openKfId: '', externalUserId: '' })
  return {}
}

/** What is left out stays as it is. */
export const updateAccount: ApiHandler = (platform, { body }) => {
  const openKfId = requireString(body, 'open_kfid')
  const name = requireLength(optionalString(body, 'name'), MAX_NAME, 'name', 95006)
  const mediaId = optionalString(body, 'media_id')
  const account = findAccount(platform, openKfId)
  const avatar = mediaId === '' ? account.avatar : toAvatar(platform, mediaId)
  Object.assign(account, { avatar, ...(name === '' ? {} : { name }) })
  platform.book.add({ kind: 'changed', openKfId: '', externalUserId: '' })
  return {}
}

function toAvatar(platform: Platform, mediaId: string): string {
  if (Buffer.byteLength(mediaId) > MAX_MEDIA_ID_BYTES) refuse(40058, `media_id has at most ${MAX_MEDIA_ID_BYTES} bytes`)
  const file = findMedia(platform, mediaId)
  if (file.type !== 'image') refuse(40007, `media_id was uploaded as ${file.type}, not as image`)
  return `https://wework.qpic.cn/wwpic/${mediaId}/0`
}

/** Two accounts may have one name. */
function freshId(accounts: ReadonlyMap<string, unknown>, name: string): string {
  for (let number = 1; ; number += 1) {
    const openKfId = namedId('wk', number === 1 ? name : `${name} ${number}`)
    if (!accounts.has(openKfId)) return openKfId
  }
}
