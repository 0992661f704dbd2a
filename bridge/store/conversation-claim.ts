/** What whoever works on a conversation knows of it, as it was when the row was read. */

export interface ConversationClaim {
  conv: string
  openKfId: string
  externalUserId: string
  lease: string
  dirty: number
  parsed: number
  answered: number
  /** Moves with every insert, parse result, recall and change of desk. */
  version: number
  firstDue: number
  due: number
  /** Drafts thrown away because more came while they were written. */
  discarded: number
  attempts: number
  desk: 'bot' | 'person'
  /** What may still be sent before the customer writes again. */
  quotaLeft: number
  /** What was said up to the message `summarySeq`, in short; '' and 0 when there is no summary. */
  summary: string
  summarySeq: number
  /** Whether something stood before it to be sent or done when it was claimed. */
  hasUnsent: boolean
}

/** The platform's limit: five messages within 48 h after each message of the customer. */
export const QUOTA = 5

/** Its columns are those of `CLAIM_COLUMNS`. */
export interface ClaimRow {
  id: string
  open_kfid: string
  external_userid: string
  dirty: number
  parsed: number
  answered: number
  version: number
  first_due: number
  due: number
  discarded: number
  attempts: number
  desk: 'bot' | 'person'
  sent_since: number
  summary: string
  summary_seq: number
  /** 1 when asked for and so. */
  unsent?: number
}

export const CLAIM_COLUMNS =
  'id, open_kfid, external_userid, dirty, parsed, answered, version, first_due, due, discarded, attempts, desk, sent_since, summary, summary_seq'

/** A column that is 1 when something of the conversation `place` (a placeholder) is to be sent or done. */
export function unsentOf(place: string): string {
  return `case when exists (select 1 from reply_part where reply_part.conv = ${place}
    and reply_part.state in ('ready', 'sending') and reply_part.channel = 'send') then 1 else 0 end as unsent`
}

export function toClaim(row: ClaimRow, lease: string): ConversationClaim {
  return {
    conv: row.id,
    openKfId: row.open_kfid,
    externalUserId: row.external_userid,
    lease,
    dirty: row.dirty,
    parsed: row.parsed,
    answered: row.answered,
    version: row.version,
    firstDue: row.first_due,
    due: row.due,
    discarded: row.discarded,
    attempts: row.attempts,
    desk: row.desk,
    quotaLeft: QUOTA - row.sent_since,
    summary: row.summary,
    summarySeq: row.summary_seq,
    hasUnsent: row.unsent === 1,
  }
}
