import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createFetchMedia,
  type FetchMediaDeps,
  type MediaRecord,
} from '../../../../../bridge/parse/media/fetch-media.ts'
import { createMediaStore } from '../../../../../bridge/parse/media/media-store.ts'
import { sniffKind, sniffMime } from '../../../../../bridge/parse/media/sniff-media.ts'
import { AppError } from '../../../../../shared/app-error.ts'

const signal = new AbortController().signal
const wanted = { msgid: 'm1', mediaId: 'id1', kind: 'file' as const }
const maxBytes = { image: 100, voice: 100, video: 100, file: 100 }
const refused = (errcode: number, retryable = false) =>
  new AppError('wecom.refused', 'no', { retryable, details: { errcode } })
const unreachable = (reason: string) =>
  new AppError('wecom.unreachable', 'no', { retryable: true, details: { reason } })

async function start(download: () => Promise<Uint8Array>) {
  const folder = await mkdtemp(`${tmpdir()}/kefu-media-`)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const links = new Map<string, MediaRecord & { name: string }>()
  let downloads = 0
  const deps: FetchMediaDeps = {
    async download() {
      downloads += 1
      const bytes = await download()
      async function* body() {
        yield bytes
      }
      return { name: 'a.pdf', contentType: 'application/pdf; x=y', body: body() }
    },
    store: createMediaStore({ folder }),
    records: {
      find: async (msgid, source) => links.get(`${msgid} ${source}`),
      link: async (msgid, source, record) => void links.set(`${msgid} ${source}`, record),
      keep: async () => undefined,
    },
  }
  return { fetch: createFetchMedia(deps, { maxBytes }), links, folder, downloads: () => downloads }
}

describe('createFetchMedia', () => {
  it('brings a file once for a message, and knows what it is', async () => {
    const { fetch, links, downloads } = await start(async () => Buffer.from('%PDF-1.7'))
    const first = await fetch(wanted, signal)
    expect(first).toMatchObject({ outcome: 'stored', media: { bytes: 8, mime: 'application/pdf', name: 'a.pdf' } })
    expect(await fetch(wanted, signal)).toEqual(first)
    expect(downloads()).toBe(1)
    expect([...links.keys()]).toEqual(['m1 id1'])
  })

  it('brings it again when it is not on this machine any more', async () => {
    const { fetch, folder, downloads } = await start(async () => Buffer.from('abc'))
    await fetch(wanted, signal)
    await rm(folder, { recursive: true })
    expect(await fetch(wanted, signal)).toMatchObject({ outcome: 'stored' })
    expect(downloads()).toBe(2)
  })

  it('brings it again when what is on the disk was cut off', async () => {
    const { fetch, downloads } = await start(async () => Buffer.from('abcdef'))
    const fetched = await fetch(wanted, signal)
    if (fetched.outcome === 'stored') await truncate(fetched.media.path, 3)
    expect(await fetch(wanted, signal)).toMatchObject({ outcome: 'stored', media: { bytes: 6 } })
    expect(downloads()).toBe(2)
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['an id that is over', () => Promise.reject(refused(40007)), 'expired'],
    [
      'an id that is over, told as one that could be tried again',
      () => Promise.reject(refused(40145, true)),
      'expired',
    ],
    ['no permission', () => Promise.reject(refused(48002)), 'refused'],
    ['a length beyond the limit', () => Promise.reject(unreachable('too-large')), 'too-large'],
    ['a body beyond the limit', async () => new Uint8Array(101), 'too-large'],
    ['nothing', async () => new Uint8Array(), 'empty'],
  ])('says so of %s', async (_what, download, reason) => {
    const { fetch, links } = await start(download)
    expect(await fetch(wanted, signal)).toEqual({ outcome: 'failed', reason })
    expect(links.size).toBe(0)
  })

  it.each([
    ['the platform is away', unreachable('network')],
    ['the platform is busy', refused(45033, true)],
  ])('rejects while %s', async (_what, error) => {
    const { fetch } = await start(() => Promise.reject(error))
    await expect(fetch(wanted, signal)).rejects.toBe(error)
  })

  it('asks nobody for a file without an id', async () => {
    const { fetch, downloads } = await start(async () => new Uint8Array())
    expect(await fetch({ ...wanted, mediaId: '' }, signal)).toEqual({ outcome: 'failed', reason: 'refused' })
    expect(downloads()).toBe(0)
  })
})

describe('a file', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n', 'file', 'image', 'image/png'],
    ['%PDF-1.4', 'image', 'file', 'application/pdf'],
    ['#!AMR\n\x0c\0\x01\x02', 'file', 'voice', 'audio/amr'],
    ['\x02#!SILK_V3', 'file', 'voice', 'audio/silk'],
    ['\0\0\0\x18ftypmp42', 'file', 'video', 'video/mp4'],
    ['PK\x03\x04rest', 'voice', 'file', 'text/x'],
    ['plain words', 'image', 'file', 'text/x'],
    ['\x01\x02\x03\x04\x05\x06\x07\x08', 'voice', 'voice', 'text/x'],
  ] as const)('that begins with %j and was sent as %s is read as %s', (head, sentAs, kind, mime) => {
    const bytes = Buffer.from(head, 'latin1')
    expect(sniffKind(bytes, sentAs)).toBe(kind)
    expect(sniffMime(bytes, 'Text/X; charset=y')).toBe(mime)
  })

  it('of no known type and no named one is just bytes', () => {
    expect(sniffMime(Buffer.from('abc'), '')).toBe('application/octet-stream')
  })
})
