/**
 * The outer document of a callback. Of it only the ciphertext counts: nothing else in it is signed, so nothing else is
 * believed. Source: developer.work.weixin.qq.com/document/path/90930
 */
import { refuse } from '../refusal.ts'
import { type Fields, parseFields } from './parse-fields.ts'

/**
 * An envelope has about eight. Nothing is proved yet when it is parsed, and 256 KB full of tags would cost a stranger's
 * request 100 ms of CPU, ten times what the free plan allows.
 */
const MAX_TAGS = 200

/** Returns the `Encrypt` value, exactly as received. Throws `callback.body-malformed`. */
export function parseEnvelope(body: string): string {
  if (body.split('<', MAX_TAGS + 1).length > MAX_TAGS) throw refuse('callback.body-malformed')
  let fields: Fields
  try {
    fields = parseFields(body)
  } catch (cause) {
    throw refuse('callback.body-malformed', cause)
  }
  const [ciphertext, ...others] = fields('Encrypt')
  if (ciphertext === undefined || others.length > 0) throw refuse('callback.body-malformed')
  return ciphertext
}
