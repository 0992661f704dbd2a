/** A conversation is one customer at one account. Neither id holds a colon. */
export function toConversationId(openKfId: string, externalUserId: string): string {
  return `${openKfId}:${externalUserId}`
}

export function toOpenKfId(conv: string): string {
  return conv.split(':')[0] ?? ''
}
