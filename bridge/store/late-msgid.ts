/** Of the message of nobody that holds what a slow document turned out to say after its conversation was answered without it. */
export function toLateMsgid(msgid: string): string {
  return `late-${msgid}`
}
