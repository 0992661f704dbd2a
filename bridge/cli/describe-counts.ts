import type { Text } from './language.ts'
import { printable } from './printable.ts'

/** A text for `progress` that tells how far it is each time it is read. */
export function describeCounts(what: Text, total: number) {
  let done = 0
  let at = ''
  const bar = () => {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const filled = Math.round(share * WIDTH)
    return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}% ${done}/${total}${at}`
  }
  const note = (name: string): void => {
    at = name === '' ? '' : ` ${printable(name).replace(/\s+/g, ' ').slice(0, SHOWN)}`
  }
  return {
    /** `name`: what was done last. */
    count: (rows: number, name = ''): void => {
      done = rows
      note(name)
    },
    /** What it is at now. */
    note,
    text: {
      get zh() {
        return `${what.zh} ${bar()}`
      },
      get en() {
        return `${what.en} ${bar()}`
      },
    } satisfies Text,
  }
}

const WIDTH = 24
const SHOWN = 40
