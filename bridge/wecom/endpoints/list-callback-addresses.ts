import type { Endpoint } from '../endpoint.ts'
import { addresses } from './addresses.ts'

/** Where callbacks come from, for a firewall; to be refreshed daily. https://developer.work.weixin.qq.com/document/path/90930 */
export const listCallbackAddresses: Endpoint<void, string[]> = {
  path: 'getcallbackip',
  method: 'GET',
  response: addresses,
}
