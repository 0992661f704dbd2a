// @ts-check
/** Which chat is on the page, and what the simulator said of everything else. */

export const view = {
  /** The last answer of the control `overview`. @type {any} */
  overview: undefined,
  openKfId: '',
  externalUserId: '',
}

/** @param {string} id */
export const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** Whose chat is open. */
export const place = () => ({ openKfId: view.openKfId, externalUserId: view.externalUserId })

export const account = () =>
  view.overview?.accounts.find((/** @type {any} */ one) => one.openKfId === view.openKfId) ?? {
    name: '客服',
    servicers: [],
  }

/** @param {string} id */
export const nameOf = (id) =>
  view.overview?.customers.find((/** @type {any} */ customer) => customer.externalUserId === id)?.name ?? id

/** @param {string} userId */
export const memberName = (userId) =>
  view.overview?.members.find((/** @type {any} */ member) => member.userId === userId)?.name ?? userId
