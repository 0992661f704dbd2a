import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import {
  type ServicerChange,
  type ServicerChangeResult,
  servicerChangeResults,
  toServicerChangeBody,
} from './servicer-change.ts'

const path = 'kf/servicer/add'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/94646. Each member and department has a verdict of its own. */
export const addServicers: Endpoint<ServicerChange, ServicerChangeResult[]> = {
  path,
  method: 'POST',
  toBody: (change) => toServicerChangeBody(limits, change, 20),
  optionalFor: ({ openKfId }) => openKfId,
  response: servicerChangeResults,
}
