import type { Text } from './language.ts'

/** A text for `progress` that tells how far it is each time it is read. */
export function describeCounts(what: Text, total: number) {
  let done = 0
  const bar = () => {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const filled = Math.round(share * WIDTH)
    return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}% ${done}/${total}`
  }
  return {
    count: (rows: number): void => {
      done = rows
    },
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
