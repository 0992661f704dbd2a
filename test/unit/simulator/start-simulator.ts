/** A simulator for one test, ended with it, and a client that speaks plain HTTP: nothing of the bridge is in between. */
import { onTestFinished } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../simulator/create-simulator.ts'

export const CORP_ID = 'ww0123456789abcdef'
export const SECRET = 'the-secret-of-the-app'
export const CALLBACK_TOKEN = 'QDG6eK'
export const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'

export const ACCOUNT = 'wkAccountOne'
export const OTHER_ACCOUNT = 'wkAccountTwo'
export const FOREIGN_ACCOUNT = 'wkNotOurs'
export const CUSTOMER = 'wmCustomerOne'
export const STRANGER = 'wmCustomerTwo'
export const SERVICER = 'zhangsan'

export type Answer = Readonly<Record<string, unknown>> & { errcode?: number }

export interface TestSimulator extends Simulator {
  token: string
  /** POST with JSON; a string is sent as it is. */
  call(path: string, body?: object | string, query?: string): Promise<Answer>
}

/** One customer, three accounts, no callback address; waits of callbacks shortened. */
export async function startSimulator(options: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const simulator = await createSimulator({
    corpId: CORP_ID,
    secret: SECRET,
    callback: { token: CALLBACK_TOKEN, aesKey: AES_KEY },
    accounts: [
      { name: '一号', openKfId: ACCOUNT, servicers: [SERVICER, 'lisi'] },
      { name: '二号', openKfId: OTHER_ACCOUNT },
      { name: '别人的', openKfId: FOREIGN_ACCOUNT, authorised: false },
    ],
    customers: [
      { name: '小雨', externalUserId: CUSTOMER },
      { name: '老李', externalUserId: STRANGER },
    ],
    ...options,
    switches: { callbackGapsMs: [20, 20], tokenlessSyncsPerMinute: null, ...options.switches },
  })
  onTestFinished(() => simulator.close())
  const token = await getToken(simulator)
  return {
    ...simulator,
    token,
    call: async (path, body = {}, query = `access_token=${token}`) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await fetch(`${simulator.apiBase}/${path}?${query}`, { method: 'POST', body: text })
      return (await response.json()) as Answer
    },
  }
}

export async function getToken({ apiBase }: Pick<Simulator, 'apiBase'>): Promise<string> {
  const response = await fetch(`${apiBase}/gettoken?corpid=${CORP_ID}&corpsecret=${SECRET}`)
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

export const textTo = (content = '您好', fields: object = {}) => ({
  open_kfid: ACCOUNT,
  touser: CUSTOMER,
  msgtype: 'text',
  text: { content },
  ...fields,
})
