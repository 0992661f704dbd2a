import type { ConversationClaim } from './conversation-claim.ts'
import type { Sql } from './database.ts'
import { leaseLost } from './lease-lost.ts'

/**
 * The conversation's row goes first, as in every transaction, so that two can't wait for each other. Held until the end: what the platform
 * said to a sender that stalled must not undo what the next one knows. Rejects with `store.lease-lost`.
 */
export async function holdConversation(sql: Sql, claim: ConversationClaim): Promise<void> {
  const held = await sql.run('update conversation set lease = ?1 where id = ?2 and lease = ?1', claim.lease, claim.conv)
  if (held === 0) throw leaseLost('conversation')
}
