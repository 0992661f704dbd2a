/** What a recording is by its first bytes, and by which of ffmpeg's readers it is read: never by one that opens other files. */
export interface SoundFormat {
  /** `silk` is read by a decoder of its own. */
  name: 'amr' | 'silk' | 'mp3' | 'wav' | 'ogg' | 'flac' | 'aac' | 'mov' | 'matroska' | 'avi' | 'flv' | 'mpeg' | 'mpegts'
  /** Can hold pictures. */
  isVideo: boolean
}

const signatures: readonly (readonly [name: SoundFormat['name'], offset: number, bytes: string])[] = [
  // Narrow and wide band begin the same.
  ['amr', 0, '#!AMR'],
  ['silk', 0, '#!SILK_V3'],
  // Tencent's variant.
  ['silk', 0, '\x02#!SILK_V3'],
  ['wav', 8, 'WAVE'],
  ['ogg', 0, 'OggS'],
  ['flac', 0, 'fLaC'],
  ['mp3', 0, 'ID3'],
  ['mov', 4, 'ftyp'],
  ['mov', 4, 'moov'],
  ['mov', 4, 'mdat'],
  ['mov', 4, 'wide'],
  ['matroska', 0, '\x1aE\xdf\xa3'],
  ['avi', 8, 'AVI '],
  ['flv', 0, 'FLV\x01'],
  ['mpeg', 0, '\0\0\x01\xba'],
]
const videos: ReadonlySet<string> = new Set(['mov', 'matroska', 'avi', 'flv', 'mpeg', 'mpegts'])

/** `head`: at least the first 512 bytes of what has so many. Undefined for what is no recording that is read here. */
export function detectSound(head: Uint8Array): SoundFormat | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1')
  const name = signatures.find(([, offset, bytes]) => text.startsWith(bytes, offset))?.[0] ?? detectFrames(text)
  return name === undefined ? undefined : { name, isVideo: videos.has(name) }
}

/** Streams without a head of their own begin with the mark of a frame. */
function detectFrames(text: string): SoundFormat['name'] | undefined {
  const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
  if (first === 0x47 && text.charCodeAt(188) === 0x47 && text.charCodeAt(376) === 0x47) return 'mpegts'
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  // Layer 0 is AAC's frame, layer 3 (01) MP3's.
  const layer = second & 0x06
  if (layer === 0 && (second & 0xf0) === 0xf0) return 'aac'
  return layer === 2 || layer === 4 ? 'mp3' : undefined
}
