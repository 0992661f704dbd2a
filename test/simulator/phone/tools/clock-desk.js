// @ts-check
/** The simulator's time, moved instead of waited for. */
import { make, makeButton } from '../make-node.js'
import { attempt, control } from '../simulator.js'
import { element } from '../view.js'
import { isShown, onOpen } from './tool-drawer.js'

const SECOND = 1000
const HOUR = 3600 * SECOND
/** @type {readonly (readonly [string, number, string])[]} */
const STEPS = [
  ['20 秒', 20 * SECOND + 1, '欢迎语和结束语的 code 过期'],
  ['2 分钟', 120 * SECOND + 1, '消息不能再撤回'],
  ['10 分钟', 600 * SECOND + 1, '回调里的 token 过期'],
  ['2 小时', 2 * HOUR + 1, 'access_token 过期'],
  ['1 天', 24 * HOUR, '昨天的统计可以查了（早上六点以后）'],
  ['48 小时', 48 * HOUR + 1, '不能再回复，会话结束'],
  ['3 天', 72 * HOUR + 1, '媒体文件和 sync_msg 的记录过期'],
]

/** By how much it was moved, and what it then was against the browser's own clock. */
let movedMs = 0
let aheadMs = 0
const shown = make('p', 'clock-now', '')

/** @param {number} ms */
const move = (ms) =>
  attempt(async () => {
    take(await control('moveClock', { ms }))
  })

/** @param {{ now: number, movedMs: number }} clock */
function take(clock) {
  movedMs = clock.movedMs
  aheadMs = clock.now - Date.now()
  tell()
}

function tell() {
  const now = new Date(Date.now() + aheadMs)
  const words = now.toLocaleString('zh-CN', { hour12: false, dateStyle: 'full', timeStyle: 'medium' })
  shown.textContent = movedMs === 0 ? words : `${words}（拨快了 ${toWords(movedMs)}）`
}

/** @param {number} ms */
function toWords(ms) {
  const hours = ms / HOUR
  if (Math.abs(hours) >= 48) return `${(hours / 24).toFixed(1)} 天`
  return Math.abs(hours) >= 1 ? `${hours.toFixed(1)} 小时` : `${(ms / 60 / SECOND).toFixed(1)} 分钟`
}

async function render() {
  const rows = STEPS.map(([label, ms, why]) =>
    make(
      'li',
      '',
      makeButton('step', `＋${label}`, () => move(ms)),
      make('span', 'hint', why),
    ),
  )
  const back = makeButton('', '拨回来', () => move(-movedMs))
  element('clock').replaceChildren(
    shown,
    make('p', 'hint', '所有期限都按模拟器的时间算。回调的重试间隔仍按真实时间。'),
    make('ul', 'steps', ...rows),
    back,
  )
  take(await control('overview'))
}

setInterval(() => isShown('clock') && tell(), SECOND)
onOpen('clock', () => attempt(render))
