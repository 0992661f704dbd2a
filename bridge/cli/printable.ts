/**
 * Text from outside as a terminal may show it. Control characters could move the cursor, change the window's title or hide lines, and
 * marks of writing direction can turn a line round: each becomes a visible sign. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
