// @ts-check
/** Addresses in messages. Only those of the web become links: a bot must not make a page run anything. */
import { make, makeButton } from './make-node.js'
import { attempt, control } from './simulator.js'
import { view } from './view.js'

const CONTACT_WAY = 'https://work.weixin.qq.com/kfid/'

/** @param {string} href @param {string} text */
export function anchor(href, text, className = '') {
  // A link of the company's own account: tapped, it enters the session instead of leaving the page.
  if (href.startsWith(CONTACT_WAY)) return makeButton(`${className} entry`, text, () => enterBy(href))
  if (!/^(https?:\/\/|\/control\/)/i.test(href)) return make('span', className, text)
  const link = /** @type {HTMLAnchorElement} */ (make('a', className, text))
  link.href = href
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  return link
}

/** @param {string} text @returns {(string | Node)[]} */
export function linked(text) {
  return text
    .split(/(https?:\/\/[\w\-./?%&=#:~+@!,;]+)/)
    .map((part, index) => (index % 2 === 1 ? anchor(part, part) : part))
}

/** @param {string} url */
export function enterBy(url) {
  return attempt(async () => {
    const { openKfId } = await control('customerOpensLink', { externalUserId: view.externalUserId, url })
    if (openKfId !== view.openKfId) document.dispatchEvent(new CustomEvent('open-account', { detail: openKfId }))
  })
}
