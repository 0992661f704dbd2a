/** Enough of a UUID to tell it from others by eye; what the commands take as well. */
export function toShortId(id: string): string {
  return id.slice(0, 8)
}
