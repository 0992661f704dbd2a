// @ts-check
/** A file of the customer on its way to the platform. */
import { control } from './simulator.js'
import { element, place } from './view.js'

const input = /** @type {HTMLInputElement} */ (element('file'))

/** Resolves with undefined when nothing was picked. @param {string} accept @returns {Promise<File | undefined>} */
export function pickFile(accept) {
  input.accept = accept
  input.value = ''
  return new Promise((resolve) => {
    input.onchange = () => resolve(input.files?.[0])
    input.oncancel = () => resolve(undefined)
    input.click()
  })
}

/** Returns the media_id. @param {string} type @param {File} file @returns {Promise<string>} */
export async function addMedia(type, file) {
  const contentType = file.type || 'application/octet-stream'
  const base64 = await toBase64(file)
  const { mediaId } = await control('addMedia', { type, filename: file.name, contentType, base64 })
  return mediaId
}

/** @param {string} type @param {File | undefined} file */
export async function sendFile(type, file) {
  if (file !== undefined) await sendMessage(type, { media_id: await addMedia(type, file) })
}

/** @param {string} msgtype @param {unknown} [body] */
export const sendMessage = (msgtype, body) =>
  control('customerSends', { ...place(), msgtype, ...(body === undefined ? {} : { body }) })

/** @param {File} file @returns {Promise<string>} */
function toBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(new Error('文件读不出来'))
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''))
    reader.readAsDataURL(file)
  })
}
