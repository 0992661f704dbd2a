import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

const globalUnicast = ipaddr.parseCIDR('2000::/3')

/**
 * True for an address of the open internet; false for this machine, its network, the metadata services of clouds and every other
 * special range, also when an IPv4 address is wrapped in an IPv6 one.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  // Beyond 2000::/3 nothing is assigned, but old forms such as ::7f00:1 (127.0.0.1) live there.
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast)
}
