import type { SyncedMessage } from '../wecom/wecom-client.ts'
import { describeMessage } from './describe-message.ts'
import type { MessageText } from './message-text.ts'
import { isSelfContained } from './read-message.ts'

/** A text without a link needs nothing but itself to be read; of anything else undefined. */
export function readInline({ type, raw }: Pick<SyncedMessage, 'type' | 'raw'>): MessageText | undefined {
  return type === 'text' && isSelfContained(raw) ? describeMessage(raw) : undefined
}
