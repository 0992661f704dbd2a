// @ts-check
/** How the page talks to the simulator, and where it says what went wrong. */

/**
 * Asks a control. Rejects with the simulator's words.
 * @param {string} name
 * @param {object} [input]
 * @returns {Promise<any>}
 */
export async function control(name, input = {}) {
  const response = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`)
  return answer
}

/** Shows what went wrong instead of losing it. @param {() => unknown} action */
export async function attempt(action) {
  try {
    await action()
    return true
  } catch (error) {
    const line = /** @type {HTMLElement} */ (document.getElementById('trouble'))
    line.textContent = `没有成功：${error instanceof Error ? error.message : String(error)}`
    line.hidden = false
    return false
  }
}

/** @param {unknown} mediaId */
export const mediaUrl = (mediaId) => `/control/media/${encodeURIComponent(String(mediaId))}`

/** Name, size and seconds of a file; asked once. @type {Map<string, Promise<any>>} */
const infos = new Map()
/** @param {unknown} mediaId */
export function mediaInfo(mediaId) {
  const id = String(mediaId ?? '')
  const known = infos.get(id)
  if (known !== undefined) return known
  const asked = control('mediaInfo', { mediaId: id }).then(({ file }) => file)
  infos.set(id, asked)
  return asked
}
