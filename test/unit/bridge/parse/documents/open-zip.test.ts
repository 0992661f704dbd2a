import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { listEntries, openZip } from '../../../../../bridge/parse/documents/open-zip.ts'

const tooLarge = expect.objectContaining({ code: 'document.too-large' })

describe('openZip', () => {
  it('unpacks what is wanted and nothing else', () => {
    const zip = zipSync({ 'a.xml': Buffer.from('a'), 'b.png': new Uint8Array(60_000_000) })
    expect([...openZip(zip, (name) => name === 'a.xml').keys()]).toEqual(['a.xml'])
  })

  it.each([
    ['one entry is too large', { 'a.xml': new Uint8Array(41_000_000) }],
    ['all entries together are', Object.fromEntries(['a', 'b', 'c'].map((name) => [name, new Uint8Array(30_000_000)]))],
  ])('refuses when %s', (_what, parts) => {
    expect(() => openZip(zipSync(parts), () => true)).toThrow(tooLarge)
  })

  it('gives no more than an entry says it has', () => {
    const zip = Buffer.from(zipSync({ 'a.xml': new Uint8Array(1_000_000) }))
    zip.writeUInt32LE(100, zip.indexOf('PK\x01\x02', 0, 'latin1') + 24)
    const unpack = () => openZip(zip, () => true).get('a.xml')?.length ?? 0
    expect(unpack()).toBeLessThanOrEqual(100)
  })

  it.each([
    ['openZip', (zip: Uint8Array) => openZip(zip, () => false)],
    ['listEntries', (zip: Uint8Array) => listEntries(zip)],
  ])('refuses too many entries: %s', (_what, open) => {
    const zip = zipSync(
      Object.fromEntries(Array.from({ length: 5_001 }, (_entry, index) => [`${index}`, new Uint8Array()])),
    )
    expect(() => open(zip)).toThrow(tooLarge)
  })
})
