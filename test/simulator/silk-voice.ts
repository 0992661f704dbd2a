/**
 * What media/get gives for a voice message that was pulled with voice_format=1. The simulator has no Silk encoder, so a voice
 * that came without a Silk of its own becomes a Silk stream of no frames: it decodes, to silence.
 */

const MAGIC = '#!SILK_V3'
const END_OF_STREAM = [0xff, 0xff]

/** `leadingByte`: Tencent's files normally begin with 0x02, which standard decoders want stripped. */
export function emptySilk(leadingByte: boolean): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...(leadingByte ? [2] : []), ...new TextEncoder().encode(MAGIC), ...END_OF_STREAM])
}
