/**
 * Loaded before a bridge under test (`NODE_OPTIONS=--import …`): names under example.com and example.net lead to a public address, as no name server
 * is at hand. What opens them is the outbound proxy of the test.
 */
import { promises } from 'node:dns'

const isOurs = (name: string) => /(^|\.)example\.(com|net)$/.test(name)

promises.Resolver.prototype.resolve4 = (async (name: string) => (isOurs(name) ? ['93.184.216.34'] : [])) as never
promises.Resolver.prototype.resolve6 = (async () => []) as never
