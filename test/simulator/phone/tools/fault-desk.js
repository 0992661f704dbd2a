// @ts-check
/** Trouble on demand: rules for calls of the API, and what breaks the rest. */
import { make, makeButton, makeSelect } from '../make-node.js'
import { attempt, control } from '../simulator.js'
import { element } from '../view.js'
import { onOpen } from './tool-drawer.js'

/** @type {readonly (readonly [string, string])[]} */
const ACTIONS = [
  ['errcode', '返回错误码'],
  ['delay', '延迟'],
  ['status', '返回 HTTP 状态'],
  ['html', '返回网关的 HTML 页面'],
  ['cut-before', '断开连接，调用没有生效'],
  ['cut-after', '调用生效后断开连接'],
  ['silence', '一直不应答'],
  ['undelivered', '受理但没有送达（msg_send_fail）'],
  ['empty-page', 'sync_msg 返回空页'],
  ['stuck-cursor', 'sync_msg 游标不前进'],
  ['shuffled-page', 'sync_msg 乱序'],
]
/** What an action has besides its kind: the field and its words. */
const EXTRA = /** @type {Record<string, { name: string, label: string, value: string }>} */ ({
  delay: { name: 'ms', label: '毫秒', value: '3000' },
  status: { name: 'status', label: '状态', value: '502' },
  undelivered: { name: 'failType', label: 'fail_type', value: '10' },
})

/** @type {Readonly<Record<string, string>>} */
const FIELD_WORDS = { ms: '毫秒', status: '状态', errcode: '错误码', takesEffect: '已生效' }

/** @type {{ errorCodes: any[], endpoints: string[] } | undefined} */
let known

async function render() {
  known ??= { errorCodes: await control('errorCodes'), endpoints: await control('endpoints') }
  const rules = await control('faults')
  element('faults').replaceChildren(form(known), list(rules), others())
}

/** @param {{ errorCodes: any[], endpoints: string[] }} known */
function form({ errorCodes, endpoints }) {
  const endpoint = makeSelect(
    '接口',
    [['*', '所有接口'], ...endpoints.map((path) => /** @type {const} */ ([path, path]))],
    'kf/send_msg',
  )
  const action = makeSelect('故障', ACTIONS)
  const code = makeSelect(
    '错误码',
    errorCodes.map(({ errcode, meaning }) => [String(errcode), `${errcode} ${meaning}`]),
    '45009',
  )
  const extra = number('附加值', '0')
  const effect = makeSelect('是否生效', [
    ['false', '调用没有生效'],
    ['true', '调用已经生效'],
  ])
  const chance = number('概率（%）', '100')
  const times = number('次数（空为一直）', '1')
  const extraRow = make('label', '', '', extra)
  const codeRow = make('label', '', '错误码', code)
  const effectRow = make('label', '', '是否生效', effect)
  const resize = () => {
    const field = EXTRA[action.value]
    extraRow.hidden = field === undefined
    codeRow.hidden = action.value !== 'errcode'
    effectRow.hidden = action.value !== 'silence'
    if (field === undefined) return
    extra.value = field.value
    extraRow.replaceChildren(field.label, extra)
  }
  action.addEventListener('change', resize)
  resize()
  const toAction = () => {
    const field = EXTRA[action.value]
    if (action.value === 'errcode') return { kind: 'errcode', errcode: Number(code.value) }
    if (action.value === 'silence') return { kind: 'silence', takesEffect: effect.value === 'true' }
    return { kind: action.value, ...(field === undefined ? {} : { [field.name]: Number(extra.value) }) }
  }
  const add = makeButton('send', '添加故障', () =>
    attempt(async () => {
      await control('addFault', {
        endpoint: endpoint.value,
        action: toAction(),
        chance: Number(chance.value) / 100,
        times: times.value === '' ? null : Number(times.value),
      })
      await render()
    }),
  )
  return make(
    'div',
    'fields',
    make('label', '', '接口', endpoint),
    make('label', '', '故障', action),
    codeRow,
    extraRow,
    effectRow,
    make('div', 'desk-row', make('label', '', '概率（%）', chance), make('label', '', '次数（空为一直）', times)),
    add,
  )
}

/** @param {string} label @param {string} value */
function number(label, value) {
  const input = /** @type {HTMLInputElement} */ (make('input', ''))
  input.type = 'number'
  input.value = value
  input.setAttribute('aria-label', label)
  return input
}

/** @param {any[]} rules */
function list(rules) {
  const rows = rules.map(({ id, endpoint, action, hits, times, chance }) => {
    const { kind, ...rest } = action
    const words = ACTIONS.find(([one]) => one === kind)?.[1] ?? kind
    const details = [
      ...Object.entries(rest).map(([name, value]) => `${FIELD_WORDS[name] ?? name} ${value}`),
      chance < 1 ? `${Math.round(chance * 100)}%` : '',
      `命中 ${hits}${times === null ? '' : `/${times}`} 次`,
    ]
    const remove = makeButton('icon', '×', () =>
      attempt(async () => {
        await control('removeFault', { id })
        await render()
      }),
    )
    remove.setAttribute('aria-label', `删除故障 ${id}`)
    const text = make('span', 'who', make('span', 'name', `${endpoint === '*' ? '所有接口' : endpoint}`))
    text.append(make('span', 'last', `${words} · ${details.filter(Boolean).join(' · ')}`))
    return make('li', '', text, remove)
  })
  if (rows.length === 0) rows.push(make('li', 'hint', '没有故障规则：平台按文档应答。'))
  const clear = makeButton('clear', '全部清除', () =>
    attempt(async () => {
      await control('clearFaults')
      await render()
    }),
  )
  return make(
    'section',
    '',
    make('h3', '', '生效中的故障'),
    make('ul', 'pool', ...rows),
    ...(rules.length > 0 ? [clear] : []),
  )
}

function others() {
  const result = make('p', 'hint', '回调的重复、丢失、延迟和乱序在“开关”里设置。')
  result.setAttribute('role', 'status')
  const revoke = makeButton('', '作废所有 access_token', () =>
    attempt(async () => {
      await control('revokeAccessTokens')
      result.textContent = '所有 access_token 已提前失效。'
    }),
  )
  const check = makeButton('', '验证回调地址', () =>
    attempt(async () => {
      const { ok, ms, reason } = await control('checkCallbackUrl')
      result.textContent = ok ? `回调地址验证通过，${ms} 毫秒。` : `openapi回调地址请求不通过：${reason}`
    }),
  )
  return make('section', '', make('h3', '', '其他'), make('div', 'desk-row', revoke, check), result)
}

onOpen('faults', () => attempt(render))
