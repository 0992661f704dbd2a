// @ts-check
/**
 * The phone: several customers of one company, each with their own chat. What a customer or a bot wrote is only ever put into
 * the page as text nodes. The page keeps nothing: after a reload or a lost connection it asks the simulator again.
 */

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id))
const app = element('app')
const messages = element('messages')
const textBox = /** @type {HTMLTextAreaElement} */ (element('text'))
const sendButton = /** @type {HTMLButtonElement} */ (element('send'))
const accountSelect = /** @type {HTMLSelectElement} */ (element('accounts'))
const fileInput = /** @type {HTMLInputElement} */ (element('file'))
const askDialog = /** @type {HTMLDialogElement} */ (element('ask'))

const STATES = ['新会话', '智能助手接待', '排队等人工', '人工接待', '未开始或已结束']
const EVENTS = {
  enter_session: '客户进入会话',
  user_recall_msg: '客户撤回了一条消息',
  servicer_recall_msg: '接待人员撤回了一条消息',
  session_status_change: '会话状态由接待人员变更',
  servicer_status_change: '接待人员状态变更',
  reject_customer_msg_switch_change: '接待人员设置了是否拒收',
  msg_send_fail: '一条消息没有送达客户',
}
const MAX_LOG_LINES = 200
const MAX_SHOWN = 500
/** A time line between messages that lie further apart. */
const TIME_GAP_MS = 5 * 60_000

/** @type {any} */
let overview
let openKfId = ''
let externalUserId = ''
/** @type {Map<string, number>} */
const unread = new Map()
/** @type {Map<string, string>} */
const lastLines = new Map()
/** Records up to this number are on the page. */
let shownSeq = 0
let lastShownAt = 0
/** Records that came while the chat was being asked for. @type {any[] | undefined} */
let held
let isConnected = true
/** @type {any} */
let lastCallback

/**
 * Asks a control of the simulator. Rejects with its words.
 * @param {string} name
 * @param {object} [input]
 */
async function control(name, input = {}) {
  const response = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`)
  return answer
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(string | Node)} children
 */
function make(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className !== '') node.className = className
  node.append(...children)
  return node
}

/** @param {string} name */
function avatar(name, isBot = false) {
  const tone = isBot ? 'bot' : [...name].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % 5
  const node = make('span', `avatar tone-${tone}`, [...name][0] ?? '?')
  node.setAttribute('aria-hidden', 'true')
  return node
}

/** @param {number} at */
const clockTime = (at) => new Date(at).toLocaleTimeString('zh-CN', { hour12: false })

// ---- the list of customers

async function loadOverview() {
  overview = await control('overview')
  if (!overview.accounts.some((/** @type {any} */ account) => account.openKfId === openKfId)) {
    openKfId = overview.accounts[0]?.openKfId ?? ''
  }
  const label = element('model-label')
  label.textContent = overview.modelLabel
  label.hidden = overview.modelLabel === ''
  for (const { externalUserId: id, lastMessage } of overview.customers)
    lastLines.set(id, lastMessage === null ? '' : shorten(lastMessage))
  renderAccounts()
  renderCustomers()
  renderTrouble()
}

async function loadLog() {
  const { records } = await control('records', { since: Math.max(0, overview.lastSeq - MAX_LOG_LINES) })
  element('log-lines').replaceChildren()
  for (const record of records) addLogLine(record)
}

function renderAccounts() {
  const { accounts } = overview
  accountSelect.hidden = accounts.length < 2
  element('account-name').hidden = accounts.length > 1
  element('account-name').textContent = accounts[0]?.name ?? '没有客服账号'
  accountSelect.replaceChildren(
    ...accounts.map((/** @type {any} */ account) => new Option(account.name, account.openKfId)),
  )
  accountSelect.value = openKfId
}

function renderCustomers() {
  const rows = overview.customers.map((/** @type {any} */ customer) => {
    const count = unread.get(customer.externalUserId) ?? 0
    const who = make(
      'span',
      'who',
      make('span', 'name', customer.name),
      make('span', 'last', lastLines.get(customer.externalUserId) ?? ''),
    )
    const button = make('button', 'customer', avatar(customer.name), who)
    if (count > 0) button.append(make('span', 'unread', count > 99 ? '99+' : String(count)))
    button.setAttribute('type', 'button')
    button.setAttribute('aria-current', String(customer.externalUserId === externalUserId))
    button.addEventListener('click', () => openChat(customer.externalUserId))
    return make('li', '', button)
  })
  element('customers').replaceChildren(...rows)
}

// ---- one chat

/** @param {string} customer */
async function openChat(customer, focuses = true) {
  externalUserId = customer
  unread.delete(customer)
  app.classList.add('in-chat')
  renderCustomers()
  await loadChat()
  if (focuses) textBox.focus()
}

/** Counts up at each load, so that a slow answer to an older one is dropped. */
let loads = 0

async function loadChat() {
  if (externalUserId === '') return
  loads += 1
  const load = loads
  held = []
  const chat = await control('chat', { openKfId, externalUserId })
  if (load !== loads) return
  messages.replaceChildren()
  lastShownAt = 0
  const shown = chat.records.slice(-MAX_SHOWN)
  if (shown.length === 0) {
    messages.append(make('p', 'empty', '您现在是这位客户。发一条消息，或点＋从链接进入会话、发送图片和位置等。'))
  }
  for (const record of shown) showRecord(record)
  shownSeq = chat.lastSeq
  const waiting = held
  held = undefined
  for (const record of waiting) if (record.seq > shownSeq) showRecord(record)
  renderSession(chat)
  scrollToEnd()
}

/** @param {any} chat */
function renderSession(chat) {
  const parts = [nameOf(externalUserId), STATES[chat.state] ?? '', chat.state === 3 ? chat.servicerUserId : '']
  if (chat.windowEndsAt > 0 && chat.state < 2) parts.push(`还可回复 ${chat.messagesLeft} 条`)
  element('session').textContent = parts.filter((part) => part !== '').join(' · ')
}

let sessionTimer = 0
/** The state of a session changes with most records: asked a few times a second while they come. */
function refreshSession() {
  if (sessionTimer !== 0) return
  sessionTimer = setTimeout(async () => {
    sessionTimer = 0
    const customer = externalUserId
    if (customer === '') return
    const conversation = await control('conversation', { openKfId, externalUserId })
    if (customer === externalUserId) renderSession(conversation)
  }, 60)
}

/** @param {string} id */
function nameOf(id) {
  return overview?.customers.find((/** @type {any} */ customer) => customer.externalUserId === id)?.name ?? id
}

/** Whether the newest is to stay in sight: until somebody scrolls up to read. */
let followsEnd = true

function scrollToEnd() {
  followsEnd = true
  messages.scrollTop = messages.scrollHeight
}

/** @param {Node} node */
function append(node) {
  messages.querySelector('.empty')?.remove()
  messages.append(node)
  while (messages.childElementCount > MAX_SHOWN * 2) messages.firstElementChild?.remove()
  if (followsEnd) scrollToEnd()
}

/** @param {any} record */
function showRecord(record) {
  if (record.kind === 'refused') {
    const note = make('p', 'note refused', `被平台拒绝（${record.errcode}）：${record.meaning}`)
    note.title = record.why
    append(note)
    return
  }
  if (record.kind === 'happened' && record.event !== 'servicer_message') {
    append(make('p', 'note', describeEvent(record)))
    return
  }
  if (!['written', 'delivered', 'happened'].includes(record.kind)) return
  if (record.at - lastShownAt > TIME_GAP_MS) {
    append(
      make(
        'p',
        'time',
        new Date(record.at).toLocaleString('zh-CN', { hour12: false, dateStyle: 'short', timeStyle: 'short' }),
      ),
    )
  }
  lastShownAt = record.at
  const isMine = record.kind === 'written'
  const bubble = make('div', record.msgtype === 'image' ? 'bubble picture' : 'bubble')
  bubble.append(...contentOf(record))
  if (record.cut) bubble.append(make('span', 'cut', '（超过长度限制，后面的内容被平台截断）'))
  const account = overview?.accounts.find((/** @type {any} */ one) => one.openKfId === record.openKfId)
  const face = isMine
    ? avatar(nameOf(record.externalUserId))
    : avatar(record.kind === 'happened' ? '人' : (account?.name ?? '客服'), record.kind === 'delivered')
  const speaker = isMine ? '我' : record.kind === 'happened' ? '接待人员' : '客服'
  const row = make('div', isMine ? 'row mine' : 'row', face, bubble)
  row.setAttribute('role', 'group')
  row.setAttribute('aria-label', `${speaker} ${clockTime(record.at)}`)
  append(row)
}

/** @param {any} record */
function describeEvent(record) {
  const text = /** @type {Record<string, string>} */ (EVENTS)[record.event] ?? record.event
  if (record.event === 'msg_send_fail') return `${text}（fail_type ${record.body.fail_type}）`
  if (record.event === 'enter_session' && record.body.welcome_code !== undefined)
    return `${text}，20 秒内可以发一条欢迎语`
  return text
}

// ---- what a message looks like

const KIND_NAMES = {
  image: '图片',
  voice: '语音',
  video: '视频',
  file: '文件',
  location: '位置',
  link: '链接',
  miniprogram: '小程序',
  merged_msg: '聊天记录',
  business_card: '名片',
  channels: '视频号',
  channels_shop_product: '视频号商品',
  channels_shop_order: '视频号订单',
  meeting: '会议',
  calendar: '日程',
  note: '笔记',
  ca_link: '获客链接',
}

/** @param {any} record @returns {(string | Node)[]} */
function contentOf({ msgtype, body }) {
  if (msgtype === undefined) return [String(body?.content ?? '')]
  const kind = /** @type {Record<string, string>} */ (KIND_NAMES)[msgtype] ?? msgtype
  switch (msgtype) {
    case 'text':
      return linked(String(body.content ?? ''))
    case 'msgmenu':
      return menu(body)
    case 'image': {
      const image = /** @type {HTMLImageElement} */ (make('img', ''))
      image.alt = '图片'
      image.src = mediaUrl(body.media_id)
      image.addEventListener('error', () => image.replaceWith('[图片]'))
      return [image]
    }
    case 'voice':
    case 'video':
    case 'file':
      return [anchor(mediaUrl(body.media_id), `[${kind}]`)]
    case 'location':
      return card(kind, body.name || '位置', body.address || `${body.latitude}, ${body.longitude}`)
    case 'link':
      return card(kind, String(body.title ?? ''), [body.desc, body.url].filter(Boolean).join('\n'))
    case 'merged_msg':
      return card(kind, body.title, (body.item ?? []).slice(0, 4).map(mergedLine).join('\n'))
    default:
      return card(kind, body?.title ?? body?.nickname ?? `[${kind}]`, '')
  }
}

/** @param {{ msgtype: string, text: string }} message */
function shorten({ msgtype, text }) {
  const kind = /** @type {Record<string, string>} */ (KIND_NAMES)[msgtype] ?? msgtype
  return msgtype === 'text' ? text.slice(0, 60) : `[${kind}]`
}

/** @param {any} item */
function mergedLine(item) {
  let text = `[${item.msgtype}]`
  try {
    const content = JSON.parse(item.msg_content)
    text = content.text?.content ?? text
  } catch {
    // The platform sends it as text that may be no JSON; the kind is shown then.
  }
  return `${item.sender_name}：${text}`
}

/** @param {string} kind @param {string} title @param {string} text */
function card(kind, title, text) {
  const parts = [make('span', 'card-title', String(title))]
  if (text !== '') parts.push(make('span', 'card-text', text))
  return [...parts, make('span', 'card-kind', kind)]
}

/** @param {any} body */
function menu(body) {
  const nodes = []
  if (body.head_content) nodes.push(make('span', '', `${body.head_content}\n`))
  for (const item of body.list ?? []) {
    const part = item[item.type] ?? {}
    if (item.type === 'click') {
      const button = make('button', 'menu-item', String(part.content ?? ''))
      button.setAttribute('type', 'button')
      button.addEventListener('click', () =>
        attempt(() =>
          control('customerWrites', { openKfId, externalUserId, text: part.content, menuId: part.id ?? '' }),
        ),
      )
      nodes.push(button)
    } else if (item.type === 'view') {
      nodes.push(anchor(String(part.url ?? ''), String(part.content ?? ''), 'menu-item'))
    } else {
      nodes.push(make('span', 'menu-item', String(part.content ?? '')))
    }
  }
  if (body.tail_content) nodes.push(make('span', '', String(body.tail_content)))
  return nodes
}

/** @param {string} mediaId */
const mediaUrl = (mediaId) => `/control/media/${encodeURIComponent(String(mediaId))}`

/** Only addresses of the web become links: a bot must not make a page run anything. @param {string} href @param {string} text */
function anchor(href, text, className = '') {
  if (!/^(https?:\/\/|\/control\/)/i.test(href)) return make('span', className, text)
  const link = /** @type {HTMLAnchorElement} */ (make('a', className, text))
  link.href = href
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  return link
}

/** @param {string} text @returns {(string | Node)[]} */
function linked(text) {
  return text
    .split(/(https?:\/\/[\w\-./?%&=#:~+@!,;]+)/)
    .map((part, index) => (index % 2 === 1 ? anchor(part, part) : part))
}

// ---- what comes in

function connect() {
  const live = new EventSource('/control/live')
  live.addEventListener('open', () => {
    isConnected = true
    attempt(async () => {
      await loadOverview()
      await loadLog()
      if (externalUserId === '' && matchMedia('(min-width: 720px)').matches) {
        const first = overview.customers[0]
        if (first !== undefined) await openChat(first.externalUserId, false)
      } else {
        await loadChat()
      }
    })
  })
  live.addEventListener('error', () => {
    isConnected = false
    renderTrouble()
  })
  live.addEventListener('message', (event) => receive(JSON.parse(event.data)))
}

/** @param {any} record */
function receive(record) {
  if (record.kind === 'changed') {
    if (record.openKfId === '') attempt(loadOverview)
    else refreshSession()
    return
  }
  if (record.kind === 'callback') {
    lastCallback = record
    renderTrouble()
  }
  addLogLine(record)
  if (!('externalUserId' in record) || record.externalUserId === '') return
  noteLastLine(record)
  if (record.externalUserId !== externalUserId || record.openKfId !== openKfId) return
  if (held !== undefined) held.push(record)
  else if (record.seq > shownSeq) showRecord(record)
  refreshSession()
}

let listTimer = 0
/** @param {any} record */
function noteLastLine(record) {
  const id = record.externalUserId
  if (record.kind === 'written' || record.kind === 'delivered') {
    lastLines.set(id, shorten(record))
    if (record.kind === 'delivered' && id !== externalUserId) unread.set(id, (unread.get(id) ?? 0) + 1)
  }
  // Many customers at once redraw the list a few times a second, not for each message.
  if (listTimer !== 0) return
  listTimer = setTimeout(() => {
    listTimer = 0
    renderCustomers()
  }, 120)
}

function renderTrouble() {
  const text = describeTrouble()
  const line = element('trouble')
  line.textContent = text
  line.hidden = text === ''
}

function describeTrouble() {
  if (!isConnected) return '与模拟器的连接断了，正在重新连接…（模拟器还在运行吗？）'
  const url = overview?.callbackUrl ?? ''
  if (url === '')
    return '还没有设置回调地址，客户的消息不会通知到程序。请用 --callback 启动模拟器，例如 http://127.0.0.1:8787/callback。'
  if (lastCallback === undefined || ['accepted', 'lost', 'not-configured'].includes(lastCallback.outcome)) return ''
  const reasons = {
    timeout: '5 秒内没有应答',
    unreachable: `连接不上（${lastCallback.error}）`,
    refused: `应答状态是 ${lastCallback.status}，应为 200`,
  }
  const reason = reasons[/** @type {'timeout'} */ (lastCallback.outcome)]
  const next = lastCallback.willRetry ? '稍后再试。' : '已经放弃。'
  return `回调没有送达：${reason}，第 ${lastCallback.attempt} 次，${next}请检查接收回调的程序是否在运行、地址是否正确：${url}`
}

/** @param {any} record */
function addLogLine(record) {
  const line = describeForLog(record)
  if (line === undefined) return
  const item = make(
    'li',
    '',
    make('span', 'when', `${clockTime(record.at)} `),
    make('span', line.isBad ? 'bad' : '', line.text),
  )
  if (line.why !== '') item.append(make('span', 'why', line.why))
  const list = element('log-lines')
  list.prepend(item)
  while (list.childElementCount > MAX_LOG_LINES) list.lastElementChild?.remove()
}

/** @param {any} record @returns {{ text: string, why: string, isBad: boolean } | undefined} */
function describeForLog(record) {
  switch (record.kind) {
    case 'refused':
      return { text: `${record.endpoint} 被拒绝：${record.errcode} ${record.meaning}`, why: record.why, isBad: true }
    case 'faulted':
      return { text: `${record.endpoint} 注入故障：${record.action}`, why: '', isBad: true }
    case 'callback': {
      if (record.outcome === 'accepted')
        return { text: `回调 #${record.callback} 已接收`, why: `${record.ms} 毫秒`, isBad: false }
      const words = {
        refused: `应答 ${record.status}`,
        timeout: '超时',
        unreachable: `连接不上 ${record.error}`,
        lost: '按设定丢弃',
        'not-configured': '没有设置回调地址',
      }
      return {
        text: `回调 #${record.callback} 失败：${words[/** @type {'lost'} */ (record.outcome)]}`,
        why: record.attempt > 0 ? `第 ${record.attempt} 次` : '',
        isBad: true,
      }
    }
    case 'written':
      return { text: `${nameOf(record.externalUserId)} 发了一条 ${record.msgtype}`, why: record.msgid, isBad: false }
    case 'delivered':
      return {
        text: `${nameOf(record.externalUserId)} 收到一条 ${record.msgtype}`,
        why: `${record.endpoint} ${record.msgid}`,
        isBad: false,
      }
    case 'happened':
      return { text: describeEvent(record), why: '', isBad: false }
    default:
      return undefined
  }
}

// ---- what goes out

/** Shows what went wrong instead of losing it. @param {() => Promise<unknown>} action */
async function attempt(action) {
  try {
    await action()
    return true
  } catch (error) {
    const line = element('trouble')
    line.textContent = `没有成功：${error instanceof Error ? error.message : String(error)}`
    line.hidden = false
    return false
  }
}

/** @param {string} msgtype @param {unknown} [body] */
const sendMessage = (msgtype, body) =>
  control('customerSends', { openKfId, externalUserId, msgtype, ...(body === undefined ? {} : { body }) })

async function sendText() {
  const text = textBox.value
  if (text.trim() === '' || externalUserId === '') return
  textBox.value = ''
  fitTextBox()
  scrollToEnd()
  const isSent = await attempt(() => control('customerWrites', { openKfId, externalUserId, text }))
  // Nothing typed is lost when it could not be sent.
  if (!isSent && textBox.value === '') textBox.value = text
  fitTextBox()
}

function fitTextBox() {
  sendButton.disabled = textBox.value.trim() === ''
  textBox.style.height = 'auto'
  textBox.style.height = `${textBox.scrollHeight + 2}px`
}

/** @param {string} type @param {string} accept */
function sendFile(type, accept) {
  fileInput.accept = accept
  fileInput.onchange = () =>
    attempt(async () => {
      const file = fileInput.files?.[0]
      if (file === undefined) return
      const base64 = await toBase64(file)
      fileInput.value = ''
      const contentType = file.type || 'application/octet-stream'
      const { mediaId } = await control('addMedia', { type, filename: file.name, contentType, base64 })
      await sendMessage(type, { media_id: mediaId })
    })
  fileInput.click()
}

/** @param {File} file @returns {Promise<string>} */
function toBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(new Error('文件读不出来'))
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''))
    reader.readAsDataURL(file)
  })
}

/**
 * Asks for a few fields. Resolves with undefined when cancelled.
 * @param {string} title
 * @param {{ name: string, label: string, value: string, isLong?: boolean }[]} fields
 * @returns {Promise<Record<string, string> | undefined>}
 */
function ask(title, fields) {
  element('ask-title').textContent = title
  const inputs = fields.map(({ name, label, value, isLong }) => {
    const input = /** @type {HTMLInputElement} */ (make(isLong ? 'textarea' : 'input', ''))
    input.name = name
    input.value = value
    if (isLong) input.setAttribute('rows', '5')
    return { input, row: make('label', '', label, input) }
  })
  element('ask-fields').replaceChildren(...inputs.map(({ row }) => row))
  askDialog.returnValue = ''
  askDialog.showModal()
  inputs[0]?.input.select()
  return new Promise((resolve) => {
    askDialog.onclose = () =>
      resolve(
        askDialog.returnValue === 'ok'
          ? Object.fromEntries(inputs.map(({ input }) => [input.name, input.value]))
          : undefined,
      )
  })
}

const TILES = [
  { icon: '图', label: '图片', run: () => sendFile('image', 'image/*') },
  { icon: '声', label: '语音', run: () => sendFile('voice', '.amr,audio/*') },
  { icon: '影', label: '视频', run: () => sendFile('video', 'video/*') },
  { icon: '文', label: '文件', run: () => sendFile('file', '') },
  { icon: '位', label: '位置', run: sendLocation },
  { icon: '链', label: '链接', run: sendLink },
  { icon: '录', label: '聊天记录', run: sendMerged },
  { icon: '进', label: '从链接进入', run: enterByLink },
  { icon: '其', label: '其他类型', run: sendOther },
]

async function sendLocation() {
  const answer = await ask('发送位置', [
    { name: 'name', label: '名称', value: '广州塔' },
    { name: 'address', label: '地址', value: '广东省广州市海珠区阅江西路222号' },
    { name: 'latitude', label: '纬度', value: '23.106021' },
    { name: 'longitude', label: '经度', value: '113.320503' },
  ])
  if (answer === undefined) return
  const { name, address } = answer
  await sendMessage('location', {
    latitude: Number(answer.latitude),
    longitude: Number(answer.longitude),
    name,
    address,
  })
}

async function sendLink() {
  const answer = await ask('发送链接', [
    { name: 'title', label: '标题', value: '秋季新品上架' },
    { name: 'desc', label: '描述', value: '全场八折，本周日截止' },
    { name: 'url', label: '网址', value: 'https://example.com/sale' },
  ])
  if (answer !== undefined) await sendMessage('link', { ...answer, pic_url: '' })
}

async function sendMerged() {
  const answer = await ask('转发聊天记录', [
    { name: 'title', label: '标题', value: '群聊的聊天记录' },
    {
      name: 'lines',
      label: '内容，每行“姓名：文字”',
      value: '小李：这款还有货吗？\n小王：我上周买的，质量不错',
      isLong: true,
    },
  ])
  if (answer === undefined) return
  const send_time = Math.floor(overview.now / 1000)
  const item = (answer.lines ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, sender_name = '某人', content = line] = /^([^：:]{1,32})[：:](.*)$/.exec(line) ?? []
      return {
        send_time,
        msgtype: 'text',
        sender_name,
        msg_content: JSON.stringify({ msgtype: 'text', text: { content } }),
      }
    })
  await sendMessage('merged_msg', { title: answer.title, item })
}

async function enterByLink() {
  const answer = await ask('客户从客服链接进入', [
    { name: 'scene', label: '场景值 scene', value: 'website' },
    { name: 'sceneParam', label: '场景参数 scene_param', value: '' },
  ])
  if (answer !== undefined) await control('customerEnters', { openKfId, externalUserId, ...answer })
}

async function sendOther() {
  const answer = await ask('发送任意类型', [
    { name: 'msgtype', label: 'msgtype', value: 'miniprogram' },
    {
      name: 'body',
      label: '内容（JSON，可以为空）',
      value: '{"title":"会员中心","appid":"wx1234567890","pagepath":"pages/index.html","thumb_media_id":""}',
      isLong: true,
    },
  ])
  if (answer === undefined) return
  await sendMessage(answer.msgtype ?? '', answer.body?.trim() === '' ? undefined : JSON.parse(answer.body ?? ''))
}

async function addCustomer() {
  const answer = await ask('新增客户', [{ name: 'name', label: '称呼', value: `客户${overview.customers.length + 1}` }])
  if (answer === undefined || answer.name === '') return
  const customer = await control('addCustomer', { name: answer.name })
  await loadOverview()
  await openChat(customer.externalUserId)
}

// ---- wiring

/** @param {boolean} isOpen */
function showLog(isOpen) {
  element('log').hidden = !isOpen
  app.classList.toggle('with-log', isOpen)
  element('open-log').setAttribute('aria-expanded', String(isOpen))
}

/** @param {boolean} isOpen */
function showPanel(isOpen) {
  element('panel').hidden = !isOpen
  element('plus').setAttribute('aria-expanded', String(isOpen))
}

element('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  sendText()
})
textBox.addEventListener('input', fitTextBox)
textBox.addEventListener('focus', () => showPanel(false))
textBox.addEventListener('keydown', (event) => {
  // An Enter that picks a word in a Chinese input method is not meant for us.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  sendText()
})
accountSelect.addEventListener('change', () => {
  openKfId = accountSelect.value
  attempt(loadChat)
})
element('back').addEventListener('click', () => {
  externalUserId = ''
  app.classList.remove('in-chat')
  renderCustomers()
})
element('add-customer').addEventListener('click', () => attempt(addCustomer))
element('open-log').addEventListener('click', () => showLog(element('log').hidden))
element('close-log').addEventListener('click', () => showLog(false))
element('plus').addEventListener('click', () => showPanel(element('panel').hidden))
element('ask-form').addEventListener('submit', (event) => {
  event.preventDefault()
  askDialog.close('ok')
})
element('ask-cancel').addEventListener('click', () => askDialog.close(''))
element('panel').append(
  ...TILES.map(({ icon, label, run }) => {
    const tile = make('button', 'tile', make('span', '', icon), make('span', '', label))
    tile.setAttribute('type', 'button')
    tile.querySelector('span')?.setAttribute('aria-hidden', 'true')
    tile.addEventListener('click', () => {
      showPanel(false)
      attempt(async () => run())
    })
    return tile
  }),
)
let lastTop = 0
messages.addEventListener('scroll', () => {
  // Only moving up is a person's wish: the end also moves away by itself, when something is added.
  if (messages.scrollTop < lastTop) followsEnd = false
  if (messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60) followsEnd = true
  lastTop = messages.scrollTop
})
// Neither a picture that has loaded nor a panel that takes room may push the newest out of sight.
messages.addEventListener('load', () => followsEnd && scrollToEnd(), true)
new ResizeObserver(() => followsEnd && scrollToEnd()).observe(messages)
fitTextBox()
connect()
