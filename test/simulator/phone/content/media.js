// @ts-check
/** Pictures, sounds, films and files. What a file is called and how large it is comes a moment later. */

import { make, makeButton } from '../make-node.js'
import { anchor } from '../safe-link.js'
import { mediaInfo, mediaUrl } from '../simulator.js'

/** @param {unknown} mediaId */
export function picture(mediaId) {
  const link = /** @type {HTMLAnchorElement} */ (anchor(mediaUrl(mediaId), ''))
  const image = /** @type {HTMLImageElement} */ (make('img', ''))
  image.alt = '图片'
  image.src = mediaUrl(mediaId)
  image.addEventListener('error', () => link.replaceWith(gone('图片')))
  link.append(image)
  return link
}

/** @param {unknown} mediaId */
export function video(mediaId) {
  const film = /** @type {HTMLVideoElement} */ (make('video', ''))
  film.controls = true
  film.preload = 'metadata'
  film.src = mediaUrl(mediaId)
  film.setAttribute('aria-label', '视频')
  const box = make('span', 'film', film)
  film.addEventListener('error', () => box.replaceWith(fileCard(mediaId, '视频')))
  return box
}

/** Plays on a tap. Browsers know no AMR, so the simulator decodes it. @param {unknown} mediaId */
export function voice(mediaId) {
  const length = make('span', '', '语音')
  const waves = make('span', 'waves')
  waves.setAttribute('aria-hidden', 'true')
  /** @type {HTMLAudioElement | undefined} */
  let sound
  const button = makeButton('voice', waves, () => {
    if (sound !== undefined && !sound.paused) return sound.pause()
    sound ??= new Audio(`${mediaUrl(mediaId)}/sound`)
    sound.onended = () => button.classList.remove('playing')
    sound.onpause = () => button.classList.remove('playing')
    button.classList.add('playing')
    sound.play().catch(() => {
      button.classList.remove('playing')
      button.after(make('span', 'cut', '这台机器没有 ffmpeg，放不出来：'), anchor(mediaUrl(mediaId), '下载'))
    })
  })
  button.append(length)
  button.setAttribute('aria-label', '播放语音')
  mediaInfo(mediaId).then((file) => {
    if (file === null) return button.replaceWith(gone('语音'))
    length.textContent = file.seconds > 0 ? `${file.seconds}″` : '语音'
    button.style.width = `${Math.min(220, 72 + file.seconds * 6)}px`
  })
  return button
}

/** @param {unknown} mediaId */
export function fileCard(mediaId, kind = '文件') {
  const name = make('span', 'card-title', `[${kind}]`)
  const size = make('span', 'card-text', '')
  const icon = make('span', 'file-icon', kind.slice(0, 1))
  icon.setAttribute('aria-hidden', 'true')
  const link = /** @type {HTMLAnchorElement} */ (anchor(mediaUrl(mediaId), '', 'card file'))
  link.append(make('span', 'card-row', make('span', 'file-words', name, size), icon))
  mediaInfo(mediaId).then((file) => {
    if (file === null) return link.replaceWith(gone(kind))
    name.textContent = file.filename
    size.textContent = toSize(file.size)
    icon.textContent = (/\.(\w{1,4})$/.exec(file.filename)?.[1] ?? kind.slice(0, 1)).toUpperCase()
  })
  return link
}

/** @param {string} kind */
function gone(kind) {
  return make('span', 'gone', `[${kind}不存在或已过期]`)
}

/** @param {number} bytes */
function toSize(bytes) {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
