import { describe, expect, it } from 'vitest'
import { DAY_MS, SECOND_MS } from '../../simulator/clock.ts'
import {
  ACCOUNT,
  type Answer,
  CUSTOMER,
  FILES,
  getToken,
  startSimulator,
  type TestSimulator,
  textTo,
} from './start-simulator.ts'

const PNG = '\x89PNG\r\n\x1a\n'
const bytesOf = (text: string, length = text.length) => {
  const bytes = new Uint8Array(length)
  bytes.set(Array.from(text, (character) => character.charCodeAt(0)).slice(0, length))
  return bytes
}

const upload = async (
  { apiBase, token }: TestSimulator,
  type: string,
  bytes: Uint8Array<ArrayBuffer>,
  name = 'media',
) => {
  const form = new FormData()
  form.set(name, new File([bytes], '订单 1.png', { type: 'image/png' }))
  const response = await fetch(`${apiBase}/media/upload?access_token=${token}&type=${type}`, {
    method: 'POST',
    body: form,
  })
  return (await response.json()) as Answer
}
const download = async (simulator: TestSimulator, mediaId: unknown, headers: Record<string, string> = {}) =>
  fetch(`${simulator.apiBase}/media/get?access_token=${await getToken(simulator)}&media_id=${mediaId}`, { headers })

describe('media/upload', () => {
  it.each<[string, string, Uint8Array<ArrayBuffer>, number]>([
    ['an unknown type', 'gif', bytesOf(PNG), 40005],
    ['an empty file', 'file', bytesOf(''), 44001],
    ['five bytes', 'file', bytesOf('12345'), 40006],
    ['a picture of another format', 'image', bytesOf('GIF89a...'), 40123],
    ['a picture above 10 MB', 'image', bytesOf(PNG, 10 * 1024 * 1024 + 1), 40009],
    ['a voice that is no AMR', 'voice', bytesOf('RIFF....'), 301017],
    ['a voice above 2 MB', 'voice', bytesOf('#!AMR\n', 2 * 1024 * 1024 + 1), 301016],
    ['a video that is no MP4', 'video', bytesOf('RIFF....'), 40004],
    ['a file above 20 MB', 'file', bytesOf('x', 20 * 1024 * 1024 + 1), 45001],
  ])('refuses %s', async (_name, type, bytes, errcode) => {
    expect(await upload(await startSimulator(), type, bytes)).toMatchObject({ errcode })
  })

  it('refuses a part of another name and a body that is no form', async () => {
    const simulator = await startSimulator()
    expect(await upload(simulator, 'image', bytesOf(PNG), 'file')).toMatchObject({ errcode: 41006 })
    const query = `access_token=${simulator.token}&type=image`
    expect(await simulator.call('media/upload', 'no form', query)).toMatchObject({ errcode: 44001 })
  })

  it('gives an id that can be sent, as what it was uploaded, for three days', async () => {
    const simulator = await startSimulator()
    const answer = await upload(simulator, 'image', bytesOf(PNG, 100))
    expect(answer).toMatchObject({ errcode: 0, type: 'image', created_at: expect.stringMatching(/^\d+$/) })
    const { media_id } = answer
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const send = async (msgtype: string) => {
      const query = `access_token=${await getToken(simulator)}`
      return simulator.call('kf/send_msg', textTo('', { msgtype, [msgtype]: { media_id } }), query)
    }
    expect(await send('image')).toMatchObject({ errcode: 0 })
    expect(await send('file')).toMatchObject({ errcode: 40007 })
    simulator.moveClock({ ms: 3 * DAY_MS })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await send('image')).toMatchObject({ errcode: 40007 })
  })
})

describe('media/get', () => {
  const withFile = async (length = 100, switches: object = {}) => {
    const simulator = await startSimulator({ switches })
    const bytes = new Uint8Array(Buffer.alloc(length, Buffer.from(Array.from({ length: 251 }, (_, index) => index))))
    const file = { type: 'file', filename: '报价 "A".pdf', contentType: 'application/pdf' } as const
    const { mediaId } = simulator.addMedia({ ...file, base64: Buffer.from(bytes).toString('base64') })
    return { simulator, mediaId, bytes }
  }

  it('gives the file with its name', async () => {
    const { simulator, mediaId, bytes } = await withFile()
    const response = await download(simulator, mediaId)
    expect(response.headers.get('content-type')).toBe('application/pdf')
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="__ _A_.pdf"; filename*=UTF-8''${encodeURIComponent('报价 "A".pdf')}`,
    )
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=90-', 90, 99],
    ['bytes=-5', 95, 99],
    ['bytes=90-500', 90, 99],
  ])('answers %s with 206', async (range, start, end) => {
    const { simulator, mediaId, bytes } = await withFile()
    const response = await download(simulator, mediaId, { range })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/100`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.slice(start, end + 1))
  })

  it.each<[string, string, object, number]>([
    ['another unit', 'lines=0-9', {}, 40058],
    ['past the end', 'bytes=100-', {}, 40058],
    ['not by 16 where it must be', 'bytes=0-9', { mediaRangesBy16: true }, 40146],
  ])('refuses a range %s', async (_name, range, switches, errcode) => {
    const { simulator, mediaId } = await withFile(100, switches)
    const response = await download(simulator, mediaId, { range })
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ errcode })])
  })

  it('takes ranges by 16 and the last one as it is', async () => {
    const { simulator, mediaId } = await withFile(100, { mediaRangesBy16: true })
    expect((await download(simulator, mediaId, { range: 'bytes=0-95' })).status).toBe(206)
    expect((await download(simulator, mediaId, { range: 'bytes=96-99' })).status).toBe(206)
  })

  it('wants ranges for more than 20 MB', async () => {
    const { simulator, mediaId } = await withFile(20 * 1024 * 1024 + 1)
    expect(await (await download(simulator, mediaId)).json()).toMatchObject({ errcode: 830002 })
    expect((await download(simulator, mediaId, { range: 'bytes=0-99' })).status).toBe(206)
  })

  it('answers errors with JSON and 200, also three days later', async () => {
    const { simulator, mediaId } = await withFile()
    const unknown = await download(simulator, 'nothing')
    expect([unknown.status, await unknown.json()]).toEqual([200, expect.objectContaining({ errcode: 40007 })])
    expect(await (await download(simulator, '')).json()).toMatchObject({ errcode: 41006 })
    simulator.moveClock({ ms: 3 * DAY_MS + SECOND_MS })
    expect(await (await download(simulator, mediaId)).json()).toMatchObject({ errcode: 40007 })
  })
})

describe('a customer’s file above the cap', () => {
  it('arrives as a text with a notice', async () => {
    const simulator = await startSimulator()
    const base64 = Buffer.alloc(2 * 1024 * 1024 + 1).toString('base64')
    const { mediaId } = simulator.addMedia({ type: 'image', filename: 'a.png', base64 })
    simulator.customerSends({ externalUserId: CUSTOMER, msgtype: 'image', body: { media_id: mediaId } })
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect(msg_list).toMatchObject([{ msgtype: 'text', text: { content: expect.stringContaining('2MB') } }])
  })
})

describe('media/upload', () => {
  it.each([
    [60, 0],
    [61, 45007],
  ])('of a voice of %i s answers %i', async (seconds, errcode) => {
    const simulator = await startSimulator()
    // A frame of the lowest rate is 13 bytes and 20 ms.
    const frames = Buffer.alloc(13 * 50 * seconds, Buffer.from([0x04, ...Array(12).fill(0)]))
    const form = new FormData()
    form.set('media', new File([Buffer.concat([Buffer.from('#!AMR\n'), frames])], 'a.amr'))
    const url = `${simulator.apiBase}/media/upload?access_token=${simulator.token}&type=voice`
    expect(await (await fetch(url, { method: 'POST', body: form })).json()).toMatchObject({ errcode })
  })

  it('of a picture is capped as the switch says', async () => {
    const simulator = await startSimulator({ switches: { imageUploadBytes: 10 } })
    const form = new FormData()
    form.set('media', new File([FILES.image], 'a.png'))
    const url = `${simulator.apiBase}/media/upload?access_token=${simulator.token}&type=image`
    expect(await (await fetch(url, { method: 'POST', body: form })).json()).toMatchObject({ errcode: 40009 })
  })
})

describe('an expired media_id', () => {
  it.each([40007, 40145] as const)('answers %i, also after more uploads', async (expiredMediaErrcode) => {
    const simulator = await startSimulator({ switches: { expiredMediaErrcode } })
    const media_id = await simulator.upload('image')
    simulator.moveClock({ ms: 3 * DAY_MS + SECOND_MS })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const send = () => simulator.callLater('kf/send_msg', textTo('', { msgtype: 'image', image: { media_id } }))
    expect(await send()).toMatchObject({ errcode: expiredMediaErrcode })
    await simulator.upload('image')
    expect(await send()).toMatchObject({ errcode: expiredMediaErrcode })
  })
})

describe('media/uploadimg', () => {
  const post = async (simulator: TestSimulator, bytes: Buffer<ArrayBuffer>, name = 'any-name') => {
    const form = new FormData()
    form.set(name, new File([bytes], 'a.png'))
    const response = await fetch(`${simulator.apiBase}/media/uploadimg?access_token=${simulator.token}`, {
      method: 'POST',
      body: form,
    })
    return (await response.json()) as { errcode: number; url?: string }
  }

  it('gives an address that does not expire', async () => {
    const simulator = await startSimulator()
    const { url = '' } = await post(simulator, FILES.image)
    simulator.moveClock({ ms: 30 * DAY_MS })
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await response.arrayBuffer())).toEqual(FILES.image)
    expect((await fetch(`${url}x`)).status).toBe(404)
  })

  it.each<[string, Buffer<ArrayBuffer>, number]>([
    ['what is no picture', Buffer.from('not a picture'), 40123],
    ['nothing', Buffer.alloc(0), 44001],
    ['five bytes', Buffer.from('\x89PNG\r', 'latin1'), 40006],
    ['more than 2 MB', Buffer.concat([FILES.image, Buffer.alloc(2 * 1024 * 1024)]), 40009],
  ])('refuses %s', async (_name, bytes, errcode) => {
    expect(await post(await startSimulator(), bytes)).toMatchObject({ errcode })
  })
})
