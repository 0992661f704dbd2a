/**
 * What a reader with a little patience makes of a text: read backwards, or out of base64, hexadecimal, percent signs, escapes and entities. A model
 * writes any of these when it is asked to, and a guard that looks for words alone would let them pass.
 */

const base64Run = /[A-Za-z0-9+/_-]{48,}/g
const hexRun = /(?:[0-9a-f]{2}[\s:,;-]?){40,}/gi
const percentRun = /(?:%[0-9a-f]{2}){6,}/gi
const escaped = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2}))/gi
const entity = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi

/** Other readings than the plain one; mostly only the one backwards. */
export function undisguise(text: string): string[] {
  const dense = text.replace(/\s+/g, '')
  const readings = [[...text].reverse().join('')]
  for (const [run] of dense.matchAll(base64Run)) {
    // Whatever stands before it without a space moves its beginning.
    for (const from of [0, 1, 2, 3]) readings.push(Buffer.from(run.slice(from), 'base64').toString())
  }
  for (const [run] of text.matchAll(hexRun))
    readings.push(Buffer.from(run.replace(/[^0-9a-f]/gi, ''), 'hex').toString())
  if (dense.search(percentRun) !== -1) {
    readings.push(dense.replace(percentRun, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString()))
  }
  if (text.search(escaped) !== -1) {
    readings.push(
      text.replace(escaped, (_all, long, four, two) => toCharacter(Number.parseInt(long ?? four ?? two, 16))),
    )
  }
  if (text.search(entity) !== -1) {
    readings.push(
      text.replace(entity, (_all, hex, decimal) => toCharacter(hex ? Number.parseInt(hex, 16) : Number(decimal))),
    )
  }
  return readings
}

function toCharacter(point: number): string {
  return point <= 0x10ffff ? String.fromCodePoint(point) : ''
}
