/** A conversation is one customer at one account. Neither id holds a colon. */
export function toConversationId(openKfId: string, externalUserId: string): string {
  return `${openKfId}:${externalUserId}`
}
