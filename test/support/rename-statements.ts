/**
 * What a client of PostgreSQL sends, with its prepared statements under names of its own: for a server that has one session for all of
 * its connections. Source: https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

/** Takes the bytes of one connection as they come, and gives the messages that are complete. */
export function createStatementRenamer(prefix: string): (bytes: Buffer) => Buffer {
  let rest = Buffer.alloc(0)
  let isStarted = false
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const whole: Buffer[] = []
    for (;;) {
      // Only the first message has no type before its length.
      const head = isStarted ? 1 : 0
      const length = rest.length < head + 4 ? Number.POSITIVE_INFINITY : head + rest.readInt32BE(head)
      if (rest.length < length) return Buffer.concat(whole)
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      whole.push(isStarted ? rename(message, prefix) : message)
      isStarted = true
    }
  }
}

function rename(message: Buffer, prefix: string): Buffer {
  const at = placeOfName(message)
  if (at === undefined || message[at] === 0) return message
  const renamed = Buffer.concat([message.subarray(0, at), Buffer.from(prefix), message.subarray(at)])
  renamed.writeInt32BE(renamed.length - 1, 1)
  return renamed
}

function placeOfName(message: Buffer): number | undefined {
  switch (String.fromCharCode(message[0] ?? 0)) {
    case 'P':
      return 5
    case 'B':
      // After the portal's.
      return message.indexOf(0, 5) + 1
    case 'D':
    case 'C':
      return message[5] === 'S'.charCodeAt(0) ? 6 : undefined
    default:
      return undefined
  }
}
