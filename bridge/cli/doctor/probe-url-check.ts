/**
 * Asks the callback URL what Tencent's console asks when it is saved: decrypt this and answer it bare, within a second. Our text says
 * that it is ours, so that the Worker does not take it for the console's.
 * Source: developer.work.weixin.qq.com/document/path/90930
 */
import { randomInt } from 'node:crypto'
import { encryptCallback, importCallbackKey } from '../../../shared/callback-cipher.ts'
import { signCallback } from '../../../shared/callback-signature.ts'
import { PROBE_PREFIX } from '../../../shared/edge-status.ts'
import { type AskDeps, type EdgeAnswer, fetchEdge } from './ask-edge.ts'

export interface ProbeOptions {
  /** EDGE_URL. */
  url: string
  corpId: string
  token: string
  aesKey: string
}

/** `isRight`: what came back is the text that was encrypted, and nothing else. Throws `callback.bad-key`. */
export async function probeUrlCheck(
  { url, corpId, token, aesKey }: ProbeOptions,
  deps: AskDeps,
): Promise<{ answer: EdgeAnswer; isRight: boolean }> {
  const message = `${PROBE_PREFIX}${randomInt(2 ** 40)}`
  const ciphertext = await encryptCallback(await importCallbackKey(aesKey), message, corpId)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(randomInt(2 ** 31))
  const signature = await signCallback({ token, timestamp, nonce, ciphertext })
  const target = new URL('/callback', url)
  const query = { msg_signature: signature, timestamp, nonce, echostr: ciphertext }
  target.search = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const answer = await fetchEdge(target, deps)
  return { answer, isRight: answer.kind === 'answered' && answer.status === 200 && answer.text === message }
}
