/**
 * Tells whether an answer gives away what the model was told about its work: so many characters of it in a row, whatever the spacing, and also
 * backwards or encoded, or its Han alone with anything between them.
 */
import { undisguise } from './undisguise.ts'

const minChars = 40

export function createSecretGuard(secrets: readonly string[]): (text: string) => boolean {
  const windows = new Set<string>()
  for (const secret of secrets.flatMap(toReadings)) {
    for (let at = 0; at + minChars <= secret.length; at += 1) windows.add(secret.slice(at, at + minChars))
  }
  return (text) => {
    if (windows.size === 0) return false
    return [text, ...undisguise(text)].flatMap(toReadings).some((squeezed) => {
      for (let at = 0; at + minChars <= squeezed.length; at += 1) {
        if (windows.has(squeezed.slice(at, at + minChars))) return true
      }
      return false
    })
  }
}

function toReadings(text: string): string[] {
  const squeezed = squeeze(text)
  return [squeezed, squeezed.replace(/\P{Script=Han}/gu, '')]
}

/** Letters, digits and Han alone: a leak is one with other punctuation, too. */
function squeeze(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
