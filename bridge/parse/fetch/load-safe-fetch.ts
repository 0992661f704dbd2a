/** `createSafeFetch`, loaded with the first address that is opened: its HTTP client takes 5 MB that most small set-ups can do without. */
import type { SafeFetch, SafeFetchOptions } from './safe-fetch.ts'

export function loadSafeFetch(options: SafeFetchOptions): SafeFetch {
  let loading: Promise<SafeFetch> | undefined
  const load = async () => (await import('./safe-fetch.ts')).createSafeFetch(options)
  return async (address, signal) => {
    loading ??= load()
    return (await loading)(address, signal)
  }
}
