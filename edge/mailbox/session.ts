/**
 * What a bridge's socket carries across hibernation: its identity and how far it was pushed, never mail. The runtime
 * keeps up to 16 KB beside the socket and drops it when the socket closes.
 */
export interface Session {
  /** Of the handshake; the newest session is the live one. */
  timestamp: number
  /** The highest number that was pushed to it. */
  pushed: number
  /** Unix ms of its last frame, heartbeats aside. */
  seenAt: number
}

export function saveSession(socket: WebSocket, session: Session): void {
  socket.serializeAttachment(session)
}

/** From here on the socket is a stranger's: what it sends is ignored. */
export function endSession(socket: WebSocket): void {
  socket.serializeAttachment(null)
}

/** Undefined for a socket that was never given a session, or whose session was ended. */
export function loadSession(socket: WebSocket): Session | undefined {
  const raw: unknown = socket.deserializeAttachment()
  if (typeof raw !== 'object' || raw === null) return undefined
  const { timestamp, pushed, seenAt } = raw as Record<string, unknown>
  if (typeof timestamp !== 'number' || typeof pushed !== 'number' || typeof seenAt !== 'number') return undefined
  return { timestamp, pushed, seenAt }
}
