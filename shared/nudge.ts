/**
 * A nudge says "something is new for this account", nothing more. It is what remains of a decrypted
 * `kf_msg_or_event` callback. The newest nudge of an account stands for all older ones.
 * Source: developer.work.weixin.qq.com/document/path/94670
 */

/** Stands in for the account id when the callback named none: every known account is due. */
export const EVERY_ACCOUNT = '*'

export interface Nudge {
  /** `open_kfid` of the account, or `EVERY_ACCOUNT`. */
  openKfId: string
  /** For sync_msg, valid for 10 minutes. Not the callback Token and not the access token. May be empty. */
  token: string
  /** The platform's CreateTime, unix seconds. */
  createTime: number
}
