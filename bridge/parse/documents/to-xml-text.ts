/** The text of an XML part, which is UTF-8 or UTF-16. '' for none. */
export function toXmlText(part: Uint8Array | undefined): string {
  if (part === undefined) return ''
  const [first, second] = part
  const label =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(label).decode(part)
}
