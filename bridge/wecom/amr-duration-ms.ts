/** Bytes of a frame of 20 ms after its first byte, by the frame's type. https://www.rfc-editor.org/rfc/rfc4867#section-5.3 */
const FRAME_BYTES = [12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0] as const
const headerBytes = '#!AMR\n'.length
const frameMs = 20

/** How long a narrow-band AMR recording plays. Its header is not looked at; a last frame that is cut does not count. */
export function amrDurationMs(bytes: Uint8Array): number {
  let frames = 0
  for (let at = headerBytes; at < bytes.length; ) {
    at += 1 + (FRAME_BYTES[((bytes[at] ?? 0) >> 3) & 15] ?? 0)
    if (at <= bytes.length) frames += 1
  }
  return frames * frameMs
}
