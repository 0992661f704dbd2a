/** Opens the addresses that a customer sent, and says what stands there, or honestly why that isn't known. */
import { createSlots } from '../create-slots.ts'
import { describeUnread, KIND_NAMES } from '../documents/describe-reading.ts'
import type { DocumentSource, Reading } from '../documents/reading.ts'
import type { SafeFetch } from '../fetch/safe-fetch.ts'
import { quoteContent, withoutMarks } from '../quote-content.ts'
import { limitText } from '../read-fields.ts'
import { describeFailure } from './describe-failure.ts'

export interface LinkReaderDeps {
  fetch: SafeFetch
  read: (source: DocumentSource, signal: AbortSignal, options: { conv: string }) => Promise<Reading>
}

export interface LinkReaderOptions {
  /** Of one message; further ones are named and not opened. Default 3. */
  maxLinks?: number
  /** Of all contents of one message together. Default 9,000. */
  maxChars?: number
  /** Addresses that are open at the same time, whoever sent them. Default 32. */
  maxOpen?: number
}

export interface LinkReport {
  address: string
  /** The page's own title; '' when it is not known. */
  title: string
  /** For the model, after what the customer wrote. */
  text: string
}

/** `conv` is whose links they are, for a fair turn. */
export type LinkReader = (addresses: readonly string[], signal: AbortSignal, conv: string) => Promise<LinkReport[]>

const MAX_SHOWN_ADDRESS = 200

/** Rejects with the reason of `signal`, and when nothing can be read at the moment. */
export function createLinkReader({ fetch, read }: LinkReaderDeps, options: LinkReaderOptions = {}): LinkReader {
  const { maxLinks = 3, maxChars = 9_000, maxOpen = 32 } = options
  const open = createSlots(maxOpen)

  const readOne = async (address: string, chars: number, signal: AbortSignal, conv: string): Promise<LinkReport> => {
    const shown = withoutMarks(limitText(address, MAX_SHOWN_ADDRESS))
    const unread = (why: string) => ({ address, title: '', text: `【网页】${shown}（没有读到内容：${why}）` })
    const fetched = await fetch(address, signal)
    if (fetched.outcome === 'failed') return unread(describeFailure(fetched))
    const reading = await read(fetched, signal, { conv })
    if (reading.outcome === 'unread') return unread(describeUnread(reading.kind, reading.reason))
    const title = reading.title || (reading.kind === 'html' ? '' : limitText(fetched.name, 80))
    const kind = reading.kind === 'html' ? [] : [KIND_NAMES[reading.kind]]
    const notes = [shown, ...kind, ...reading.notes]
    return { address, title, text: quoteContent({ what: '网页', title, notes, text: reading.text, maxChars: chars }) }
  }

  return async (addresses, signal, conv) => {
    const opened = addresses.slice(0, maxLinks)
    const share = Math.floor(maxChars / Math.max(1, opened.length))
    const reports = await Promise.all(
      opened.map((address) => open(() => readOne(address, share, signal, conv), signal)),
    )
    const rest = addresses.slice(maxLinks).map((address) => ({
      address,
      title: '',
      text: `【网页】${withoutMarks(limitText(address, MAX_SHOWN_ADDRESS))}（一条消息只读取前 ${maxLinks} 个链接，这个没有打开）`,
    }))
    return [...reports, ...rest.slice(0, maxLinks)]
  }
}
