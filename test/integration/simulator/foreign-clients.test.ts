/**
 * The simulator as programs see it that nobody here wrote: node-easywechat calls the API, the platform's own @wecom/crypto
 * reads the callbacks. Each knows WeCom alone; all that is set is the address.
 */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decrypt, getSignature } from '@wecom/crypto'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createSimulator, type Simulator } from '../../simulator/create-simulator.ts'
import { startReceiver } from '../../unit/simulator/start-receiver.ts'
import {
  ACCOUNT,
  AES_KEY,
  CALLBACK_TOKEN,
  CORP_ID,
  CUSTOMER,
  FILES,
  SECRET,
  SERVICER,
} from '../../unit/simulator/start-simulator.ts'

/** What is used of it here; its own types do not follow what it returns. */
interface EasyWechatWork {
  setCache(cache: object): unknown
  getClient(): {
    get(url: string, options?: object): Promise<{ toObject(): Answer; getContent(): unknown; getHeaders(): Answer }>
    post(url: string, options?: object): Promise<{ toObject(): Answer }>
  }
  getEncryptor(): { decrypt(text: string, signature: string, nonce: string, timestamp: string): string }
}
type Answer = Readonly<Record<string, unknown>>

// The package's index does not load: it asks for files that its newest dependency no longer has. The part for WeCom does.
const Work = createRequire(import.meta.url)('node-easywechat/dist/Work/Application') as new (
  config: object,
) => EasyWechatWork

let simulator: Simulator
let app: EasyWechatWork
let post: (path: string, json?: object) => Promise<Answer>
let get: (path: string, params?: object) => Promise<Answer>

beforeEach(async () => {
  simulator = await createSimulator({
    corpId: CORP_ID,
    secret: SECRET,
    callback: { token: CALLBACK_TOKEN, aesKey: AES_KEY },
    accounts: [{ name: '一号', openKfId: ACCOUNT, servicers: [SERVICER] }],
    customers: [{ name: '小雨', externalUserId: CUSTOMER }],
    members: [{ userId: 'wangwu', departments: [7] }],
    switches: { callbackGapsMs: [20, 20] },
  })
  onTestFinished(() => simulator.close())
  app = new Work({
    corp_id: CORP_ID,
    secret: SECRET,
    token: CALLBACK_TOKEN,
    aes_key: AES_KEY,
    http: { baseURL: simulator.url, timeout: 5000 },
  })
  const cache = new Map<string, unknown>()
  app.setCache({
    get: async (key: string) => cache.get(key),
    set: async (key: string, value: unknown) => cache.set(key, value),
    has: async (key: string) => cache.has(key),
    delete: async (key: string) => cache.delete(key),
    clear: async () => cache.clear(),
  })
  const client = app.getClient()
  post = async (path, json = {}) => (await client.post(`cgi-bin/${path}`, { json })).toObject()
  get = async (path, params = {}) => (await client.get(`cgi-bin/${path}`, { params })).toObject()
})

/** Uploads as that library does: a stream of a file on disk in a form of its own making. */
async function upload(type: keyof typeof FILES, filename: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, filename), FILES[type])
  const answer = await app.getClient().post('cgi-bin/media/upload', {
    params: { type },
    formData: { media: createReadStream(join(folder, filename)) },
  })
  expect(answer.toObject()).toMatchObject({ errcode: 0, type, created_at: expect.stringMatching(/^\d+$/) })
  return String(answer.toObject().media_id)
}

const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }

describe('node-easywechat', () => {
  it('pulls what a customer sent and answers with every kind of message', async () => {
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await post('kf/sync_msg', { open_kfid: ACCOUNT })).toMatchObject({
      errcode: 0,
      has_more: 0,
      msg_list: [{ origin: 3, msgtype: 'text', text: { content: '在吗' }, external_userid: CUSTOMER }],
    })
    const image = await upload('image', 'a.png')
    const kinds: Record<string, object> = {
      text: { content: '在的😀' },
      image: { media_id: image },
      voice: { media_id: await upload('voice', 'a.amr') },
      video: { media_id: await upload('video', 'a.mp4') },
      file: { media_id: await upload('file', 'a.pdf') },
      link: { title: '题', url: 'https://example.com', thumb_media_id: image },
      miniprogram: { appid: 'wx12', thumb_media_id: image, pagepath: 'a.html' },
      msgmenu: { head_content: '选', list: [{ type: 'click', click: { id: '1', content: '好' } }] },
      location: { latitude: 23.1, longitude: 113.3 },
      ca_link: { link_url: 'https://work.weixin.qq.com/ca/cawcde' },
    }
    for (const [msgtype, body] of Object.entries(kinds)) {
      simulator.customerWrites({ externalUserId: CUSTOMER, text: '继续' })
      const answer = await post('kf/send_msg', { touser: CUSTOMER, open_kfid: ACCOUNT, msgtype, [msgtype]: body })
      expect(answer, msgtype).toMatchObject({ errcode: 0, msgid: expect.any(String) })
    }
    expect(simulator.delivered().map(({ msgtype }) => msgtype)).toEqual(Object.keys(kinds))
  })

  it('welcomes, and reads the file that a customer sent', async () => {
    simulator.customerEnters({ externalUserId: CUSTOMER, scene: 'web' })
    const { msg_list } = await post('kf/sync_msg', { open_kfid: ACCOUNT })
    const { welcome_code: code } = (msg_list as { event: Answer }[])[0]?.event ?? {}
    expect(await post('kf/send_msg_on_event', { code, msgtype: 'text', text: { content: '欢迎' } })).toMatchObject({
      errcode: 0,
    })
    const base64 = FILES.file.toString('base64')
    const { mediaId } = simulator.addMedia({ type: 'file', filename: '报价.txt', base64 })
    const client = app.getClient()
    const file = await client.get('cgi-bin/media/get', {
      params: { media_id: mediaId },
      responseType: 'arraybuffer',
    })
    expect(Buffer.from(file.getContent() as Buffer)).toEqual(FILES.file)
    expect(String(file.getHeaders()['content-disposition'])).toContain(encodeURIComponent('报价.txt'))
    expect(await get('media/get', { media_id: 'nothing' })).toMatchObject({ errcode: 40007 })
  })

  it('manages accounts, links and servicers', async () => {
    const media_id = await upload('image', 'avatar.png')
    const { open_kfid } = await post('kf/account/add', { name: '售后', media_id })
    expect(await post('kf/account/update', { open_kfid, name: '售后二' })).toMatchObject({ errcode: 0 })
    expect(await post('kf/account/list')).toMatchObject({ account_list: [{ name: '一号' }, { name: '售后二' }] })
    expect(await post('kf/add_contact_way', { open_kfid, scene: 'a' })).toMatchObject({
      url: expect.stringMatching(/^https:\/\/work\.weixin\.qq\.com\/kfid\//),
    })
    expect(await post('kf/servicer/add', { open_kfid, userid_list: ['wangwu'] })).toMatchObject({
      result_list: [{ userid: 'wangwu', errcode: 0 }],
    })
    expect(await get('kf/servicer/list', { open_kfid })).toMatchObject({
      servicer_list: [{ userid: 'wangwu', status: 0 }],
    })
    expect(await post('kf/servicer/del', { open_kfid, userid_list: ['wangwu'] })).toMatchObject({ errcode: 0 })
    expect(await post('kf/account/del', { open_kfid })).toMatchObject({ errcode: 0 })
  })

  it('hands over, upgrades, and asks about customers', async () => {
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '人工' })
    expect(await post('kf/service_state/get', place)).toMatchObject({ service_state: 0 })
    expect(
      await post('kf/service_state/trans', { ...place, service_state: 3, servicer_userid: SERVICER }),
    ).toMatchObject({ msg_code: expect.any(String) })
    simulator.configureUpgrade({ userIds: [SERVICER] })
    expect(await get('kf/customer/get_upgrade_service_config')).toMatchObject({
      member_range: { userid_list: [SERVICER] },
    })
    expect(
      await post('kf/customer/upgrade_service', { ...place, type: 1, member: { userid: SERVICER } }),
    ).toMatchObject({ errcode: 0 })
    expect(await post('kf/customer/cancel_upgrade_service', place)).toMatchObject({ errcode: 0 })
    expect(await post('kf/customer/batchget', { external_userid_list: [CUSTOMER] })).toMatchObject({
      customer_list: [{ nickname: '小雨' }],
    })
  })

  it('keeps the knowledge base and reads the statistics', async () => {
    const { group_id } = await post('kf/knowledge/add_group', { name: '售后' })
    const { intent_id } = await post('kf/knowledge/add_intent', {
      group_id,
      question: { text: { content: '几点开门' } },
      answers: [{ text: { content: '九点' } }],
    })
    expect(await post('kf/knowledge/list_intent', { group_id })).toMatchObject({ intent_list: [{ intent_id }] })
    expect(await post('kf/knowledge/del_intent', { intent_id })).toMatchObject({ errcode: 0 })
    expect(await post('kf/knowledge/del_group', { group_id })).toMatchObject({ errcode: 0 })
    const yesterday = Math.floor(Date.now() / 1000) - 86400 * 2
    const days = { open_kfid: ACCOUNT, start_time: yesterday, end_time: yesterday }
    expect(await post('kf/get_corp_statistic', days)).toMatchObject({ statistic_list: [{ statistic: {} }] })
    expect(await post('kf/get_servicer_statistic', days)).toMatchObject({ statistic_list: [{ statistic: {} }] })
    expect(await get('getcallbackip')).toMatchObject({ ip_list: [expect.any(String)] })
  })

  it('opens a callback with its own cipher', async () => {
    const receiver = await startReceiver()
    await simulator.setCallback({ url: receiver.url })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    const ciphertext = /<Encrypt><!\[CDATA\[([^\]]+)/.exec(receiver.bodies[0] ?? '')?.[1] ?? ''
    const query = receiver.queries[0] ?? new URLSearchParams()
    const [signature, nonce, timestamp] = ['msg_signature', 'nonce', 'timestamp'].map((name) => query.get(name) ?? '')
    const opened = app.getEncryptor().decrypt(ciphertext, signature ?? '', nonce ?? '', timestamp ?? '')
    expect(String(opened)).toContain(`<OpenKfId><![CDATA[${ACCOUNT}]]></OpenKfId>`)
  })
})

describe('@wecom/crypto', () => {
  it('passes the check of the address and reads an event with several accounts', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response, plaintext) => response.end(plaintext)
    await simulator.setCallback({ url: receiver.url })
    expect(await simulator.checkCallbackUrl()).toMatchObject({ ok: true })
    simulator.authoriseAccount({ openKfId: ACCOUNT, authorised: false })
    await simulator.callbacksSettled()
    const ciphertext = /<Encrypt><!\[CDATA\[([^\]]+)/.exec(receiver.bodies[0] ?? '')?.[1] ?? ''
    const query = receiver.queries.at(-1)
    expect(getSignature(CALLBACK_TOKEN, query?.get('timestamp') ?? '', query?.get('nonce') ?? '', ciphertext)).toBe(
      query?.get('msg_signature'),
    )
    const { message, id } = decrypt(AES_KEY, ciphertext)
    expect(id).toBe(CORP_ID)
    expect(message).toContain(`<AuthDelOpenKfId><![CDATA[${ACCOUNT}]]></AuthDelOpenKfId>`)
  })
})
