/** What came of opening an address: the bytes, or why there are none. */
export type FetchResult = FetchedContent | FetchFailure

export interface FetchedContent {
  outcome: 'fetched'
  /** After redirects. */
  url: string
  /** As the server says, e.g. `text/html; charset=gbk`; '' when it says nothing. */
  contentType: string
  /** What the address calls the file, for its ending. */
  name: string
  bytes: Uint8Array
  /** More would have come; only of text is a beginning worth having. */
  isTruncated: boolean
}

export interface FetchFailure {
  outcome: 'failed'
  reason: FailureReason
  /** Of the answer, when it was an error. */
  status?: number
}

export type FailureReason =
  /** The address leads somewhere that only we could reach, or is written to disguise where it leads. */
  'forbidden' | 'unresolved' | 'unreachable' | 'redirects' | 'status' | 'type' | 'too-large' | 'timeout'

export function failed(reason: FailureReason, status?: number): FetchFailure {
  return { outcome: 'failed', reason, ...(status !== undefined && { status }) }
}
