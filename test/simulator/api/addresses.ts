/** getcallbackip and get_api_domain_ip. Sources: developer.work.weixin.qq.com/document/path/90930, path/92520 */
import type { ApiHandler } from './api-call.ts'

/** Where callbacks come from: this machine. */
export const getCallbackAddresses: ApiHandler = () => ({ ip_list: ['127.0.0.1'] })

/** Where the API answers. */
export const getApiAddresses: ApiHandler = () => ({ ip_list: ['127.0.0.1'] })
