/** The beginning of a text that has at most so many bytes of UTF-8, cut between characters. */
export function fitBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  let fitting = ''
  let left = maxBytes - Buffer.byteLength('…')
  for (const char of text) {
    left -= Buffer.byteLength(char)
    if (left < 0) return `${fitting}…`
    fitting += char
  }
  return fitting
}
