/**
 * What a site's robots.txt lets us read. Its groups for `kefu-edge` count, else those for everybody; of its rules the longest that fits. A site
 * without the file lets everything be read, one whose file can't be had just now nothing. Source: https://www.rfc-editor.org/rfc/rfc9309
 */
import type { PageDeps } from './list-pages.ts'

/** In our User-Agent, too. */
export const ROBOTS_NAME = 'kefu-edge'

interface Rule {
  pattern: string
  isAllowed: boolean
}

export type MayRead = 'yes' | 'no' | 'unknown'

const MAX_BYTES = 500 * 1024
const AWAY = new Set(['unresolved', 'unreachable', 'timeout'])

/** Asks each site once. Rejects with the reason of `signal`. */
export function createAskRobots({ fetch }: Pick<PageDeps, 'fetch'>) {
  const sites = new Map<string, Promise<readonly Rule[] | undefined>>()

  const read = async (origin: string, signal: AbortSignal): Promise<readonly Rule[] | undefined> => {
    const fetched = await fetch(`${origin}/robots.txt`, signal)
    if (fetched.outcome === 'fetched')
      return parseRobots(new TextDecoder().decode(fetched.bytes.subarray(0, MAX_BYTES)))
    const { reason, status = 0 } = fetched
    return AWAY.has(reason) || status === 429 || status >= 500 ? undefined : []
  }

  return async (address: string, signal: AbortSignal): Promise<MayRead> => {
    const url = URL.parse(address)
    // Whoever opens it says what is wrong with it.
    if (url === null || !/^https?:$/.test(url.protocol)) return 'yes'
    const asked = sites.get(url.origin) ?? read(url.origin, signal)
    sites.set(url.origin, asked)
    const rules = await asked
    if (rules === undefined) return 'unknown'
    return isAllowed(rules, url.pathname + url.search) ? 'yes' : 'no'
  }
}

/** The rules that are meant for us. */
export function parseRobots(text: string): readonly Rule[] {
  const rules = new Map<string, Rule[]>()
  let agents: string[] = []
  let isOver = false
  for (const line of text.split(/[\r\n]+/)) {
    const [, key = '', value = ''] = /^[\s\ufeff]*([a-z-]+)\s*:([^#]*)/i.exec(line) ?? []
    const kind = key.toLowerCase()
    if (kind === 'user-agent') {
      if (isOver) agents = []
      isOver = false
      const name = /^(?:\*|[a-z_-]+)/.exec(value.trim().toLowerCase())?.[0] ?? ''
      agents.push(name)
      if (!rules.has(name)) rules.set(name, [])
    } else if (kind === 'allow' || kind === 'disallow') {
      isOver = true
      const pattern = normal(value.trim())
      if (pattern === '') continue
      for (const agent of agents) rules.get(agent)?.push({ pattern, isAllowed: kind === 'allow' })
    }
  }
  return rules.get(ROBOTS_NAME) ?? rules.get('*') ?? []
}

export function isAllowed(rules: readonly Rule[], path: string): boolean {
  const wanted = normal(path)
  const fitting = rules.filter(({ pattern }) => fits(pattern, wanted))
  const length = Math.max(...fitting.map(({ pattern }) => pattern.length))
  // Of two equals the friendlier one.
  return fitting.length === 0 || fitting.some((rule) => rule.isAllowed && rule.pattern.length === length)
}

/** `*` is anything, `$` at the end the end. Never goes back, so that no pattern takes long. */
function fits(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$')
  const [start = '', ...others] = (isWhole ? pattern.slice(0, -1) : pattern).split('*')
  if (!path.startsWith(start)) return false
  const end = isWhole ? others.pop() : undefined
  let at = start.length
  for (const piece of others) {
    const found = path.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  if (!isWhole) return true
  return end === undefined ? at === path.length : path.length - end.length >= at && path.endsWith(end)
}

/** One spelling of what may be written in several. */
function normal(path: string): string {
  const encoded = path.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  return encoded.replace(/%[0-9a-f]{2}/gi, (found) => {
    const sign = String.fromCharCode(Number.parseInt(found.slice(1), 16))
    return /[\w.~-]/.test(sign) ? sign : found.toUpperCase()
  })
}
