import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import {
  type ServicerChange,
  type ServicerChangeResult,
  servicerChangeResults,
  toServicerChangeBody,
} from './servicer-change.ts'

const path = 'kf/servicer/del'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/94647. Each member and department has a verdict of its own. */
export const removeServicers: Endpoint<ServicerChange, ServicerChangeResult[]> = {
  path,
  method: 'POST',
  toBody: (change) => toServicerChangeBody(limits, change, 100),
  optionalFor: ({ openKfId }) => openKfId,
  response: servicerChangeResults,
}
