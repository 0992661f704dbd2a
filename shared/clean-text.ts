/**
 * Takes out of a text what nobody can see but a model reads: zero-width and bidirectional marks, the tag block and other
 * ignorable characters, in which instructions can be hidden. Emoji made of several lose their joiner; the model still knows them.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(invisible, '')
}

// Controls but tab and line feed; soft hyphen; joiners and marks; bidi; invisible operators; byte order mark; interlinear; the
// variation selectors beyond the emoji one; the tag block.
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them alone is meant
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu
