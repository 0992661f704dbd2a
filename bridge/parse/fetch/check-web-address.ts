import { isIP } from 'node:net'

export interface AddressRules {
  /** Our own names, lower case. What is below them may be the company's own site, so only they are refused. */
  refusedHosts: ReadonlySet<string>
  ports: ReadonlySet<number>
}

const schemes: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
])
/** Names that only mean something within a network, whatever a name server says. */
const innerEndings = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home', 'corp', 'localdomain', 'home.arpa']

/**
 * The address if it may be opened as far as its spelling tells; undefined otherwise. Where its name leads is checked when
 * connecting. An address without a name is refused as a whole: no customer has a reason to send one.
 */
export function checkWebAddress(address: string | URL, { refusedHosts, ports }: AddressRules): URL | undefined {
  if (!URL.canParse(address.toString())) return undefined
  const url = new URL(address)
  const defaultPort = schemes.get(url.protocol)
  if (defaultPort === undefined) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  if (!ports.has(url.port === '' ? defaultPort : Number(url.port))) return undefined

  // The parser of URL has turned every spelling of an IPv4 address into the usual one: 0x7f.1, 2130706433, １２７。０。０。１.
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) !== 0 || !host.includes('.')) return undefined
  const isWithin = (name: string) => host === name || host.endsWith(`.${name}`)
  if (innerEndings.some(isWithin) || refusedHosts.has(host)) return undefined
  return url
}
