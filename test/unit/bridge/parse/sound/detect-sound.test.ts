import { describe, expect, it } from 'vitest'
import { detectKind } from '../../../../../bridge/parse/documents/detect-kind.ts'
import { detectSound } from '../../../../../bridge/parse/sound/detect-sound.ts'

const latin = (text: string) => Buffer.from(text.padEnd(600, '\x01'), 'latin1')
const packets = Buffer.alloc(600, 1)
for (const at of [0, 188, 376, 564]) packets[at] = 0x47

const forms: readonly (readonly [what: string, head: Uint8Array, name: string, kind: 'audio' | 'video'])[] = [
  ['AMR', latin('#!AMR\n'), 'amr', 'audio'],
  ['wide-band AMR', latin('#!AMR-WB\n'), 'amr', 'audio'],
  ['Silk', latin('#!SILK_V3'), 'silk', 'audio'],
  ["Tencent's Silk", latin('\x02#!SILK_V3'), 'silk', 'audio'],
  ['WAV', latin('RIFF\x01\x01\x01\x01WAVEfmt '), 'wav', 'audio'],
  ['Ogg', latin('OggS'), 'ogg', 'audio'],
  ['FLAC', latin('fLaC'), 'flac', 'audio'],
  ['MP3 with a head', latin('ID3\x03'), 'mp3', 'audio'],
  ['MP3, MPEG-1', latin('\xff\xfb\x90\x64'), 'mp3', 'audio'],
  ['MP3, MPEG-2', latin('\xff\xf3\x40\xc4'), 'mp3', 'audio'],
  ['AAC', latin('\xff\xf1\x50\x80'), 'aac', 'audio'],
  ['MP4', latin('\0\0\0\x18ftypisom'), 'mov', 'video'],
  ['QuickTime', latin('\0\0\0\x14ftypqt  '), 'mov', 'video'],
  ['Matroska', latin('\x1aE\xdf\xa3'), 'matroska', 'video'],
  ['AVI', latin('RIFF\x01\x01\x01\x01AVI LIST'), 'avi', 'video'],
  ['FLV', latin('FLV\x01\x05'), 'flv', 'video'],
  ['MPEG', latin('\0\0\x01\xba'), 'mpeg', 'video'],
  ['transport stream', packets, 'mpegts', 'video'],
]

describe('detectSound', () => {
  it.each(forms)('knows %s', (_what, head, name, kind) => {
    expect(detectSound(head)).toEqual({ name, isVideo: kind === 'video' })
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['a list of HLS', latin('#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd')],
    ['a list of ffmpeg', latin("ffconcat version 1.0\nfile 'a'")],
    ['a list of DASH', latin('<?xml version="1.0"?><MPD>')],
    ['an SDP', latin('v=0\no=- 0 0 IN IP4 127.0.0.1')],
    ['a JPEG', latin('\xff\xd8\xff\xe0')],
    ['a list after a letter', latin(' #!AMR\n')],
    ['text', latin('你好')],
  ])('knows no %s', (_what, head) => {
    expect(detectSound(head)).toBeUndefined()
  })
})

describe('detectKind', () => {
  it.each(forms)('takes %s to whoever hears or sees it', (_what, bytes, _name, kind) => {
    expect(detectKind({ bytes })).toBe(kind)
  })
})
