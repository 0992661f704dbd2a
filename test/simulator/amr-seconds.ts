/** How long a voice in AMR lasts. Source: RFC 4867, section 5 */

const MAGIC_BYTES = 6
const FRAME_SECONDS = 0.02
/** Bytes of a narrow-band frame by its type, its head included. */
const FRAME_BYTES = [13, 14, 16, 18, 20, 21, 27, 32, 6]

/** Seconds of a narrow-band AMR file. A frame of an unknown type ends the count. */
export function amrSeconds(bytes: Uint8Array): number {
  let frames = 0
  for (let at = MAGIC_BYTES; at < bytes.length; ) {
    const size = FRAME_BYTES[((bytes[at] ?? 0) >> 3) & 15]
    if (size === undefined) break
    at += size
    frames += 1
  }
  return frames * FRAME_SECONDS
}
