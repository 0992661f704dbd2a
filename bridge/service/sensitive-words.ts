/**
 * Sensitive words in a text, by one pass however many there are. `words.txt` holds those of all accounts, a line each, `#` for remarks; an account may
 * have more in its settings. Case and width do not matter, nor do spaces and signs between Chinese characters.
 */
import { AhoCorasick } from '@monyone/aho-corasick/greedy'
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'

export interface SensitiveWords {
  /** For watch-files.ts. */
  onFile(name: string, text: string | undefined): void
  /** Whether there are none at all. */
  isEmpty(openKfId: string): boolean
  has(openKfId: string, text: string): boolean
  /** With a star for each character of a sensitive word. */
  mask(openKfId: string, text: string): string
}

interface Matcher {
  /** What it was built from. */
  common: readonly string[]
  own: readonly string[]
  search: AhoCorasick | undefined
}

export function createSensitiveWords(deps: {
  settingsOf: (openKfId: string) => AccountSettings
  log: Logger
}): SensitiveWords {
  let common: readonly string[] = []
  const matchers = new Map<string, Matcher>()

  const matcherOf = (openKfId: string): AhoCorasick | undefined => {
    const own = deps.settingsOf(openKfId).words.list
    const known = matchers.get(openKfId)
    // Settings are frozen: the same list is the same object.
    if (known?.common === common && known.own === own) return known.search
    const words = [...new Set([...common, ...own].map((word) => fold(word).text))].filter((word) => word !== '')
    const search = words.length === 0 ? undefined : new AhoCorasick(words)
    matchers.set(openKfId, { common, own, search })
    return search
  }

  /** Where they stand in the text itself, in UTF-16 units. */
  const find = (openKfId: string, text: string): { begin: number; end: number }[] => {
    const search = matcherOf(openKfId)
    if (search === undefined) return []
    const { text: folded, origins } = fold(text)
    return search.matchInText(folded).map(({ begin, end }) => ({
      begin: origins[begin] ?? 0,
      end: (origins[end - 1] ?? 0) + 1,
    }))
  }

  return {
    onFile(_name, text) {
      const lines = (text ?? '').split(/\r?\n/).map((line) => line.replace(/^\uFEFF/, '').trim())
      common = lines.filter((line) => line !== '' && !line.startsWith('#'))
      deps.log.info('words.loaded', { count: common.length })
    },
    isEmpty: (openKfId) => matcherOf(openKfId) === undefined,
    has: (openKfId, text) => find(openKfId, text).length > 0,
    mask(openKfId, text) {
      let masked = text
      for (const { begin, end } of find(openKfId, text)) {
        masked = masked.slice(0, begin) + '*'.repeat(end - begin) + masked.slice(end)
      }
      return masked
    },
  }
}

/** As it is compared, with the place of each unit in the original. */
function fold(text: string): { text: string; origins: readonly number[] } {
  let folded = ''
  const origins: number[] = []
  let at = 0
  for (const char of text) {
    // Nearly every character is one of these: the rest of the way is slow.
    if ((char >= '\u4e00' && char <= '\u9fff') || (char >= 'a' && char <= 'z') || (char >= '0' && char <= '9')) {
      origins.push(at)
      folded += char
      at += 1
      continue
    }
    const plain = char.normalize('NFKC').toLowerCase()
    // Between Latin letters a space means something; between others it is there to hide.
    const isGap =
      /^[\p{Z}\p{P}\p{S}\p{C}]*$/u.test(plain) && !(isLatin(text[at - 1]) && isLatin(text[at + char.length]))
    if (!isGap) {
      for (let unit = 0; unit < plain.length; unit += 1) origins.push(at + Math.min(unit, char.length - 1))
      folded += plain
    }
    at += char.length
  }
  return { text: folded, origins }
}

function isLatin(char: string | undefined): boolean {
  return char !== undefined && /[\p{Script=Latin}\p{N}]/u.test(char)
}
