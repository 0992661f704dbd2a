import type { Endpoint } from '../endpoint.ts'
import { addresses } from './addresses.ts'

/** Where the API is reached. https://developer.work.weixin.qq.com/document/path/92520 */
export const listApiAddresses: Endpoint<void, string[]> = {
  path: 'get_api_domain_ip',
  method: 'GET',
  response: addresses,
}
