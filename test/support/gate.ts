/** A pointer handler whose runs end when the test says so. */
export function createGate() {
  const started: string[] = []
  const open: { key: string; end: () => void }[] = []
  let most = 0
  return {
    started,
    handler(key: string): Promise<'ack'> {
      return new Promise((resolve) => {
        started.push(key)
        open.push({ key, end: () => resolve('ack') })
        most = Math.max(most, open.length)
      })
    },
    running: () => open.length,
    mostAtOnce: () => most,
    /** Ends the run that has lasted longest, or the run of `key`. */
    finishOne(key = open[0]?.key) {
      const index = open.findIndex((run) => run.key === key)
      const [run] = index < 0 ? [] : open.splice(index, 1)
      if (run === undefined) throw new Error(`${key} is not running`)
      run.end()
    },
  }
}
