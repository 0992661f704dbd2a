/** What the service desk asks of the platform, as calls of the client. States: https://developer.work.weixin.qq.com/document/path/94669 */
import { changeServiceState } from './endpoints/change-service-state.ts'
import { getServiceState } from './endpoints/get-service-state.ts'
import { listServicers } from './endpoints/list-servicers.ts'
import type { WecomClient } from './wecom-client.ts'

interface Place {
  openKfId: string
  externalUserId: string
}

/** Each rejects as wecom-client.ts says. */
export function createDeskCalls(wecom: Pick<WecomClient, 'call' | 'getCustomers'>) {
  return {
    getState: ({ openKfId, externalUserId }: Place, signal: AbortSignal) =>
      wecom.call(getServiceState, { openKfId, externalUserId }, signal),

    listServicers: (openKfId: string, signal: AbortSignal) => wecom.call(listServicers, { openKfId }, signal),

    /** To the pool or to a person. Returns the code for one message, '' when there is none. */
    give: (
      { openKfId, externalUserId }: Place,
      to: { state: 2 } | { state: 3; userId: string },
      signal: AbortSignal,
    ): Promise<string> => {
      const servicer = to.state === 3 ? { servicerUserId: to.userId } : {}
      return wecom.call(changeServiceState, { openKfId, externalUserId, state: to.state, ...servicer }, signal)
    },

    end: (openKfId: string, externalUserId: string, signal: AbortSignal): Promise<string> =>
      wecom.call(changeServiceState, { openKfId, externalUserId, state: 4 }, signal),

    getCustomer: async (externalUserId: string, signal: AbortSignal) =>
      (await wecom.getCustomers([externalUserId], signal)).customers[0],
  }
}
