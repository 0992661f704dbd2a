/** Reads a request body that a stranger may have sent: never more than `maxBytes` of it, whatever its headers say. */
import { refuse } from '../refusal.ts'

/** Returns the body as text. Throws `callback.body-too-large`, or `callback.body-malformed` when it is not UTF-8. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  // A body sent in chunks states no length, so counting below decides; the header only saves the reading.
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw refuse('callback.body-too-large')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw refuse('callback.body-too-large')
    text += decode(decoder, chunk, { stream: true })
  }
  return text + decode(decoder)
}

function decode(decoder: TextDecoder, ...rest: Parameters<TextDecoder['decode']>): string {
  try {
    return decoder.decode(...rest)
  } catch (cause) {
    throw refuse('callback.body-malformed', cause)
  }
}
