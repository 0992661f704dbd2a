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
  /** The same with a new access token, for after the clock was moved. */
  callLater(path: string, body?: object): Promise<Answer>
  /** GET; `query` goes beside the access token. */
  get(path: string, query?: Record<string, string>): Promise<Answer>
  /** media/upload of a file of so many bytes that begins as its type must. Returns the media_id. */
  upload(type: 'image' | 'voice' | 'video' | 'file', filename?: string): Promise<string>
}

/** The first bytes of an accepted file, and a few more. */
export const FILES = {
  image: Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1'),
  voice: Buffer.concat([
    Buffer.from('#!AMR\n'),
    ...Array.from({ length: 50 }, () => Buffer.from([0x3c, ...Array(31).fill(0)])),
  ]),
  video: Buffer.from('\0\0\0\x18ftypmp42rest', 'latin1'),
  file: Buffer.from('a file of any kind'),
} as const

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
  const call: TestSimulator['call'] = async (path, body = {}, query = `access_token=${token}`) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${simulator.apiBase}/${path}?${query}`, { method: 'POST', body: text })
    return (await response.json()) as Answer
  }
  return {
    ...simulator,
    token,
    call,
    callLater: async (path, body) => call(path, body, `access_token=${await getToken(simulator)}`),
    get: async (path, query = {}) => {
      const response = await fetch(
        `${simulator.apiBase}/${path}?${new URLSearchParams({ access_token: token, ...query })}`,
      )
      return (await response.json()) as Answer
    },
    upload: async (type, filename = `a.${type}`) => {
      const form = new FormData()
      form.set('media', new File([FILES[type]], filename))
      const url = `${simulator.apiBase}/media/upload?access_token=${await getToken(simulator)}&type=${type}`
      const answer = (await (await fetch(url, { method: 'POST', body: form })).json()) as Answer
      return String(answer.media_id)
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
