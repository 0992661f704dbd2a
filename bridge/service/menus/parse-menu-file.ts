/**
 * A menu file: the quick-reply menus of an account, what each tap leads to, and the words that bring a menu up. Every fault is named with its
 * line.
 * Limits of a menu: https://developer.work.weixin.qq.com/document/path/94677
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../../shared/app-error.ts'
import type { Menu, MenuItem } from '../../wecom/outgoing-content.ts'
import { locateJson } from './locate-json.ts'

/** What a tap, or a word, leads to. */
export type MenuAction =
  | { kind: 'answer'; text: string }
  /** Asked of the model as the customer's words. */
  | { kind: 'ask'; question: string }
  | { kind: 'menu'; name: string }
  | { kind: 'hand-over' }

export interface MenuFile {
  menus: ReadonlyMap<string, Menu>
  /** By the id that a tap carries. */
  taps: ReadonlyMap<string, MenuAction>
  /** By the whole message, in lower case. */
  words: ReadonlyMap<string, string>
}

export interface MenuFault {
  line: number
  message: string
}

const bytes = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty / 不能为空')
    .refine((text) => Buffer.byteLength(text) <= max, `has at most ${max} bytes / 最多 ${max} 字节`)

const ACTIONS = ['answer', 'ask', 'menu', 'handOver', 'url', 'appId'] as const

const item = z
  .strictObject({
    text: bytes(128),
    answer: bytes(2048).optional(),
    ask: z.union([z.literal(true), bytes(1024)]).optional(),
    menu: z.string().optional(),
    handOver: z.literal(true).optional(),
    url: z.url({ protocol: /^https?$/, error: 'must be an http(s) address / 须为 http(s) 地址' }).optional(),
    appId: bytes(32).optional(),
    pagePath: bytes(1024).optional(),
    note: z.literal(true).optional(),
  })
  .superRefine((given, context) => {
    const found = [...ACTIONS, 'note' as const].filter((name) => given[name] !== undefined)
    if (found.length !== 1) {
      const names = [...ACTIONS, 'note'].join(', ')
      context.addIssue(`needs exactly one of ${names} / 须恰有其一：${names}`)
    }
    if ((given.appId === undefined) !== (given.pagePath === undefined)) {
      context.addIssue('appId and pagePath go together / appId 与 pagePath 须同时给出')
    }
  })

const menu = z.strictObject({
  head: bytes(1024).optional(),
  items: z.array(item).min(1, 'has at least one item / 至少一项').max(10, 'has at most 10 items / 最多 10 项'),
  tail: bytes(1024).optional(),
})

const name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'names are made of letters, digits, - and _ / 名称只用字母、数字、- 与 _')

const file = z.strictObject({
  menus: z.record(name, menu),
  words: z.record(z.string().min(1), z.string()).default({}),
})

type File = z.infer<typeof file>

/** Throws `menus.invalid`; `details.faults` has a line per fault, as does the message. */
export function parseMenuFile(text: string): MenuFile {
  const faults: MenuFault[] = []
  const json = parseJson(text, faults)
  if (faults.length > 0) throw invalid(faults)
  const lines = locateJson(text)
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const line = lines.get(path.slice(0, length).map(String).join('.'))
      if (line !== undefined) return line
    }
    return 1
  }
  const parsed = file.safeParse(json)
  for (const { path, message } of parsed.error?.issues ?? []) {
    faults.push({ line: lineOf(path), message: [path.map(String).join('.'), message].filter(Boolean).join(': ') })
  }
  if (parsed.data !== undefined) faults.push(...crossFaults(parsed.data, lineOf))
  if (parsed.data === undefined || faults.length > 0) throw invalid(faults)
  return toMenuFile(parsed.data)
}

function parseJson(text: string, faults: MenuFault[]): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? []
    const before = position === undefined ? text : text.slice(0, Number(position))
    const reason = String(error)
      .replace(/^SyntaxError: /, '')
      .replace(/ \(line.*$/, '')
    faults.push({ line: before.split('\n').length, message: `not JSON / 不是合法的 JSON: ${reason}` })
    return undefined
  }
}

/** Faults that lie between entries. */
function crossFaults({ menus, words }: File, lineOf: (path: readonly PropertyKey[]) => number): MenuFault[] {
  const faults: MenuFault[] = []
  const unknown = (path: readonly PropertyKey[], target: string) =>
    faults.push({
      line: lineOf(path),
      message: `${path.map(String).join('.')}: there is no menu ${target} / 没有菜单 ${target}`,
    })
  for (const [menuName, { items }] of Object.entries(menus)) {
    const seen = new Set<string>()
    for (const [index, { text, menu: target }] of items.entries()) {
      const path = ['menus', menuName, 'items', index]
      if (target !== undefined && !Object.hasOwn(menus, target)) unknown([...path, 'menu'], target)
      if (seen.has(text)) faults.push({ line: lineOf(path), message: `${path.join('.')}: is there twice / 重复的选项` })
      seen.add(text)
    }
  }
  for (const [word, target] of Object.entries(words)) {
    if (!Object.hasOwn(menus, target)) unknown(['words', word], target)
  }
  return faults
}

function toMenuFile({ menus, words }: File): MenuFile {
  const taps = new Map<string, MenuAction>()
  const built = Object.entries(menus).map(([menuName, { head, items, tail }]) => {
    const built = items.map((it): MenuItem => {
      if (it.url !== undefined) return { type: 'view', text: it.text, url: it.url }
      if (it.appId !== undefined) {
        return { type: 'miniprogram', text: it.text, appId: it.appId, pagePath: it.pagePath ?? '' }
      }
      const action = toAction(it)
      if (action === undefined) return { type: 'text', text: it.text }
      const id = toTapId(menuName, it.text)
      taps.set(id, action)
      return { type: 'click', text: it.text, id }
    })
    return [menuName, { type: 'menu' as const, head, items: built, tail }] as const
  })
  return {
    menus: new Map(built),
    taps,
    words: new Map(Object.entries(words).map(([word, target]) => [word.trim().toLowerCase(), target])),
  }
}

function toAction({ text, answer, ask, menu: target, handOver }: z.infer<typeof item>): MenuAction | undefined {
  if (answer !== undefined) return { kind: 'answer', text: answer }
  if (ask !== undefined) return { kind: 'ask', question: ask === true ? text : ask }
  if (target !== undefined) return { kind: 'menu', name: target }
  return handOver === true ? { kind: 'hand-over' } : undefined
}

/** By its words, not its place: a menu that was sent before the file changed still leads where it says. */
function toTapId(menuName: string, text: string): string {
  return `menu_${createHash('sha256').update(`${menuName}/${text}`).digest('hex').slice(0, 16)}`
}

function invalid(faults: readonly MenuFault[]): AppError {
  const message = faults.map(({ line, message: what }) => `line ${line}: ${what}`).join('\n')
  return new AppError('menus.invalid', message, { retryable: false })
}
