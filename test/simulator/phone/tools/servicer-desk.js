// @ts-check
/** The company's side: what a servicer sees and does in the WeCom client. */
import { openChat } from '../customer-list.js'
import { avatar, make, makeButton, makeSelect } from '../make-node.js'
import { attempt, control } from '../simulator.js'
import { account, element, memberName, nameOf, view } from '../view.js'
import { STATES } from '../words.js'
import { isShown, onOpen } from './tool-drawer.js'

let servicerUserId = ''
/** Of the open chat, to be taken back. */
let lastMessage = { msgid: '', externalUserId: '' }

const servicers = () => /** @type {any[]} */ (account().servicers)
const me = () => servicers().find(({ userId }) => userId === servicerUserId)

/** @param {object} act */
const act = (act) =>
  attempt(async () => {
    await control('servicerActs', { openKfId: view.openKfId, servicerUserId, ...act })
    await renderDesk()
  })
/** @param {object} input */
const inChat = (input) => act({ externalUserId: view.externalUserId, ...input })

export async function renderDesk() {
  const pane = element('desk')
  if (servicers().length === 0) {
    pane.replaceChildren(make('p', 'hint', '这个客服账号还没有接待人员。用 kf/servicer/add 添加。'))
    return
  }
  if (me() === undefined) servicerUserId = servicers()[0].userId
  const [overview, conversations] = await Promise.all([
    control('overview'),
    control('conversations', { openKfId: view.openKfId }),
  ])
  view.overview = overview
  const draft = /** @type {HTMLTextAreaElement | null} */ (pane.querySelector('textarea'))?.value ?? ''
  pane.replaceChildren(identity(), pool(conversations), ...current(conversations, draft))
}

function identity() {
  const select = makeSelect(
    '接待人员',
    servicers().map(({ userId }) => [userId, memberName(userId)]),
    servicerUserId,
  )
  select.addEventListener('change', () => {
    servicerUserId = select.value
    attempt(renderDesk)
  })
  const { receiving = true, stopType = 0 } = me() ?? {}
  const status = receiving ? '接待中' : stopType === 1 ? '已挂起' : '已停止接待'
  const change = receiving
    ? [
        makeButton('', '停止接待', () => act({ act: 'status', receiving: false, stopType: 0 })),
        makeButton('', '挂起', () => act({ act: 'status', receiving: false, stopType: 1 })),
      ]
    : [makeButton('', '开始接待', () => act({ act: 'status', receiving: true }))]
  const badge = make('span', receiving ? 'badge on' : 'badge', status)
  return make('div', 'desk-row', make('span', 'hint', '我是'), select, badge, ...change)
}

/** @param {any[]} conversations */
function pool(conversations) {
  const waiting = conversations.filter(({ state }) => state === 2)
  const served = conversations.filter(({ state }) => state === 3)
  const rows = [...waiting, ...served].map(({ externalUserId, name, state, servicerUserId: by }) => {
    const words = state === 2 ? STATES[2] : `${memberName(by)}接待中`
    const button =
      state === 2
        ? makeButton('send small', '接入', () =>
            act({ act: 'take', externalUserId }).then(() => openChat(externalUserId, false)),
          )
        : makeButton('', '查看', () => attempt(() => openChat(externalUserId, false)))
    return make(
      'li',
      '',
      avatar(name),
      make('span', 'who', make('span', 'name', name), make('span', 'last', words)),
      button,
    )
  })
  if (rows.length === 0)
    rows.push(
      make('li', 'hint', '待接入池是空的，也没有人工接待中的客户。程序用 service_state/trans 转来的客户会出现在这里。'),
    )
  return make('section', '', make('h3', '', '待接入与接待中'), make('ul', 'pool', ...rows))
}

/** @param {any[]} conversations @param {string} draft @returns {Node[]} */
function current(conversations, draft) {
  const conversation = conversations.find(({ externalUserId }) => externalUserId === view.externalUserId)
  if (conversation === undefined)
    return [make('p', 'hint', `${nameOf(view.externalUserId) || '这位客户'}还没有发过消息。`)]
  const { state, rejectsCustomer } = conversation
  const others = servicers().filter(({ userId }) => userId !== conversation.servicerUserId)
  const actions = []
  if (state === 2) actions.push(makeButton('send small', '接入', () => inChat({ act: 'take' })))
  if (state === 3) {
    actions.push(makeButton('', '结束会话', () => inChat({ act: 'end' })))
    if (others.length > 0) {
      const to = makeSelect(
        '转接给',
        others.map(({ userId }) => [userId, memberName(userId)]),
      )
      actions.push(
        make(
          'span',
          'joined',
          to,
          makeButton('', '转接', () => inChat({ act: 'transfer', toUserId: to.value })),
        ),
      )
    }
  }
  if (state === 4) actions.push(makeButton('', '重新打开', () => inChat({ act: 'reopen' })))
  actions.push(
    makeButton('', rejectsCustomer ? '恢复接收' : '拒收客户', () => inChat({ act: 'reject', on: !rejectsCustomer })),
  )
  if (lastMessage.externalUserId === view.externalUserId && lastMessage.msgid !== '') {
    actions.push(
      makeButton('', '撤回上一条', () => {
        const { msgid } = lastMessage
        lastMessage = { msgid: '', externalUserId: '' }
        return inChat({ act: 'recall', msgid })
      }),
    )
  }
  return [
    make(
      'section',
      '',
      make('h3', '', `与${conversation.name}的会话 · ${STATES[state]}`),
      make('div', 'desk-row', ...actions),
      state === 3 || state === 4
        ? reply(draft)
        : make('p', 'hint', state === 2 ? '接入以后才能发消息。' : '现在由程序（智能助手）接待，人工不能发消息。'),
    ),
  ]
}

/** @param {string} draft */
function reply(draft) {
  const box = /** @type {HTMLTextAreaElement} */ (make('textarea', ''))
  box.rows = 2
  box.value = draft
  box.setAttribute('aria-label', '以接待人员身份回复')
  box.placeholder = '以接待人员身份回复'
  const send = () => {
    const text = box.value.trim()
    if (text === '') return
    box.value = ''
    return inChat({ act: 'write', text })
  }
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  })
  return make('div', 'desk-reply', box, makeButton('send', '回复', send))
}

/** @param {any} record */
export function noteServicerMessage(record) {
  if (record.event === 'servicer_message') lastMessage = record
}

let timer = 0
/** States change with most records: shown again a few times a second while they come. */
export function refreshDesk() {
  if (timer !== 0 || !isShown('desk')) return
  timer = setTimeout(() => {
    timer = 0
    if (!element('desk').contains(document.activeElement) || document.activeElement?.tagName === 'BUTTON')
      attempt(renderDesk)
  }, 200)
}

onOpen('desk', () => attempt(renderDesk))
document.addEventListener('session', refreshDesk)
