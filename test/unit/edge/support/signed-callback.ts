/** Callbacks as the platform sends them, right in every detail unless a test says otherwise. */
import { encryptCallback, importCallbackKey } from '../../../../shared/callback-cipher.ts'
import { signCallback } from '../../../../shared/callback-signature.ts'
import { PUBLISHED_KEYS } from '../../shared/callback-vectors.ts'

export interface SignedCallbackOptions {
  corpId: string
  token?: string
  encodingAesKey?: string
}

export interface SignedCallback {
  query: string
  ciphertext: string
  /** The XML envelope. */
  body: string
}

export async function signedCallback(message: string, options: SignedCallbackOptions): Promise<SignedCallback> {
  const { corpId, token = PUBLISHED_KEYS.token, encodingAesKey = PUBLISHED_KEYS.encodingAesKey } = options
  return signCiphertext(await encryptCallback(await importCallbackKey(encodingAesKey), message, corpId), token)
}

export async function signCiphertext(ciphertext: string, token = PUBLISHED_KEYS.token): Promise<SignedCallback> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(crypto.getRandomValues(new Uint32Array(1))[0])
  const signature = await signCallback({ token, timestamp, nonce, ciphertext })
  return {
    ciphertext,
    query: `?msg_signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`,
    body: `<xml><ToUserName><![CDATA[any]]></ToUserName><Encrypt><![CDATA[${ciphertext}]]></Encrypt></xml>`,
  }
}

export interface NudgeFields {
  openKfId?: string
  token?: string
  createTime?: number
}

/** A decrypted kf_msg_or_event. */
export function nudgeXml({ openKfId, token = 'ENC1', createTime = 1_700_000_000 }: NudgeFields = {}): string {
  const account = openKfId === undefined ? '' : `<OpenKfId><![CDATA[${openKfId}]]></OpenKfId>`
  return `<xml><ToUserName><![CDATA[corp]]></ToUserName><CreateTime>${createTime}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[${token}]]></Token>${account}</xml>`
}
