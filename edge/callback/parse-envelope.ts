/**
 * The outer document of a callback. Of it only the ciphertext counts: nothing else in it is signed, so nothing else is
 * believed. Source: developer.work.weixin.qq.com/document/path/90930
 */
import { refuse } from '../refusal.ts'
import { type Fields, parseFields } from './parse-fields.ts'

/** Returns the `Encrypt` value, exactly as received. Throws `callback.body-malformed`. */
export function parseEnvelope(body: string): string {
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
