// @ts-check
/** Every switch of the simulator in its position. What is explained here in a line is explained in full in docs/simulator.md. */
import { make, makeButton, makeSelect } from '../make-node.js'
import { attempt, control } from '../simulator.js'
import { element } from '../view.js'
import { SWITCH_WORDS } from './switch-words.js'
import { onOpen } from './tool-drawer.js'

async function render() {
  /** @type {any[]} */
  const table = await control('switchTable')
  const groups = Map.groupBy(table, ({ name }) => SWITCH_WORDS[name]?.[0] ?? '其他')
  const sections = [...groups].map(([group, switches]) =>
    make('section', '', make('h3', '', group), make('ul', 'switches', ...switches.map(row))),
  )
  element('switches').replaceChildren(
    make('p', 'hint', '平台没有写明的地方都是开关：程序应当在任何位置都能正常工作。改动马上生效。'),
    ...sections,
  )
}

/** @param {any} one */
function row(one) {
  const { name, value, first } = one
  const isMoved = JSON.stringify(value) !== JSON.stringify(first)
  const words = make(
    'span',
    'who',
    make('span', 'switch-words', SWITCH_WORDS[name]?.[1] ?? name),
    make('code', 'switch-name', name),
  )
  const item = make('li', isMoved ? 'moved' : '', make('label', 'switch', words, field(one)))
  if (isMoved) item.append(makeButton('', '恢复', () => set(name, first)))
  return item
}

/** @param {string} name @param {unknown} value */
const set = (name, value) =>
  attempt(async () => {
    await control('setSwitches', { [name]: value })
  }).then(render)

/** @param {any} one */
function field({ name, kind, options, value, isNullable }) {
  if (kind === 'choice') {
    const select = makeSelect(
      name,
      options.map((/** @type {unknown} */ option) => [String(option), String(option)]),
      String(value),
    )
    select.addEventListener('change', () => set(name, typeof value === 'number' ? Number(select.value) : select.value))
    return select
  }
  const input = /** @type {HTMLInputElement} */ (make('input', ''))
  input.setAttribute('aria-label', name)
  if (kind === 'boolean') {
    input.type = 'checkbox'
    input.checked = value
    input.addEventListener('change', () => set(name, input.checked))
    return input
  }
  if (kind === 'number') {
    input.type = 'number'
    input.step = 'any'
  }
  input.value = kind === 'json' ? JSON.stringify(value) : String(value ?? '')
  if (isNullable) input.placeholder = kind === 'text' ? '空' : '不限/照常'
  input.addEventListener('change', () =>
    attempt(async () => {
      const text = input.value
      if (text === '' && isNullable) return set(name, null)
      await set(name, kind === 'json' ? JSON.parse(text) : kind === 'number' ? Number(text) : text)
    }),
  )
  return input
}

onOpen('switches', () => attempt(render))
