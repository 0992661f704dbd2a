import type { RememberedMessage } from '../store/conversation-store.ts'

const CUSTOMER = 3

/**
 * What customers themselves have typed or passed on as an address. What stands in a page, a file, a forwarded chat or a card is a stranger's,
 * though it came with their message: nothing of it may be repeated as if it were theirs. '' for a message whose raw form is gone.
 */
export function ownWords({ origin, type, raw }: RememberedMessage): string {
  if (origin !== CUSTOMER || raw === '') return ''
  let message: unknown
  try {
    message = JSON.parse(raw)
  } catch {
    return ''
  }
  if (type === 'text') return readField(message, 'text', 'content')
  return type === 'link' ? readField(message, 'link', 'url') : ''
}

function readField(message: unknown, kind: string, name: string): string {
  const body = readKey(message, kind)
  const value = readKey(body, name)
  return typeof value === 'string' ? value : ''
}

function readKey(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}
