/**
 * What the documents promise, held against the code: every setting and its default, every command, every file that is named,
 * and both languages in step.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../bridge/config.ts'
import { parseMenuFile } from '../../bridge/service/menus/parse-menu-file.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const PAIRS = [
  ['README.md', 'README.zh-CN.md'],
  ['docs/architecture.md', 'docs/architecture.zh-CN.md'],
  ['docs/going-live.md', 'docs/going-live.zh-CN.md'],
  ['docs/troubleshooting.md', 'docs/troubleshooting.zh-CN.md'],
  ['docs/answerers.md', 'docs/answerers.zh-CN.md'],
  ['docs/knowledge.md', 'docs/knowledge.zh-CN.md'],
  ['docs/service-desk.md', 'docs/service-desk.zh-CN.md'],
  ['docs/settings.md', 'docs/settings.zh-CN.md'],
  ['docs/operating.md', 'docs/operating.zh-CN.md'],
  ['docs/scaling.md', 'docs/scaling.zh-CN.md'],
  ['docs/costs.md', 'docs/costs.zh-CN.md'],
  ['docs/personal-data.md', 'docs/personal-data.zh-CN.md'],
  ['docs/threat-model.md', 'docs/threat-model.zh-CN.md'],
] as const
const DOCUMENTS = [...PAIRS.flat(), 'SECURITY.md']
const READMES = PAIRS[0]
const SETTINGS = ['docs/settings.md', 'docs/settings.zh-CN.md'] as const

/** The names in a block of code that begins with `start`, one a line at two spaces. */
function namesIn(path: string, start: string): string[] {
  const source = read(path)
  const begin = source.indexOf(start)
  const block = begin === -1 ? '' : source.slice(begin, source.indexOf('\n}', begin))
  return [...block.matchAll(/^ {2}([A-Z][A-Z0-9_]+)\??:/gm)].map(([, name = '']) => name)
}

const bridgeSettings = namesIn('bridge/config.ts', 'const schema = z.object({')
const edgeSettings = namesIn('edge/env.ts', 'export interface EdgeBindings {').filter((name) => name !== 'MAILBOX')

/** The cells of every table row whose first cell is a setting. */
function settingRows(text: string): string[][] {
  const rows = text.matchAll(/^\| `[A-Z][A-Z0-9_]+` \|.*\|$/gm)
  return [...rows].map(([row]) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

const nameOf = (row: readonly string[]) => (row[0] ?? '').replaceAll('`', '')
const edgeRows = (text: string) => settingRows(text).filter((row) => row.length === 2)
const bridgeRows = (text: string) => settingRows(text).filter((row) => row.length === 3)

/** Without what stands in blocks of code, where `#` is a comment. */
const prose = (text: string) => text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
const headingLevels = (text: string) => [...prose(text).matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length)
const codeBlocks = (text: string) => [...text.matchAll(/^ *```[\s\S]*?^ *```$/gm)].map(([block]) => block)
const listLengths = (text: string) =>
  prose(text)
    .split(/^#+ .*$/m)
    .map((section) => [...section.matchAll(/^ *(?:-|\d+\.|\|) /gm)].length)

const LEAST = {
  EDGE_URL: 'https://kefu.example.com',
  BRIDGE_TOKEN: '0123456789abcdef',
  WECHAT_CORP_ID: 'ww1',
  WECHAT_SECRET: 'secret',
  DEEPSEEK_API_KEY: 'key',
  OPENAI_API_KEY: 'key',
  OPENAI_MODEL: 'model',
  // So that the other settings of the broker count.
  RABBITMQ_HOST: 'localhost',
}

describe('the settings', () => {
  it('are found at all', () => {
    expect(bridgeSettings.length).toBeGreaterThan(25)
    expect(bridgeSettings).toEqual(expect.arrayContaining(Object.keys(LEAST)))
    expect(edgeSettings).toHaveLength(7)
  })

  it.each(SETTINGS)('of the bridge are all in %s, and no others', (path) => {
    expect(bridgeRows(read(path)).map(nameOf).sort()).toEqual([...bridgeSettings].sort())
  })

  it.each(SETTINGS)('of the Worker are all in %s, and no others', (path) => {
    expect(edgeRows(read(path)).map(nameOf).sort()).toEqual([...edgeSettings].sort())
  })

  it.each(READMES)('that %s shows first are as there', (path) => {
    const all = bridgeRows(read(SETTINGS[READMES.indexOf(path)] ?? '')).map((row) => row.join(' | '))
    const shown = bridgeRows(read(path)).map((row) => row.join(' | ').replaceAll('](docs/', ']('))
    expect(shown.length).toBeGreaterThan(9)
    expect(shown.filter((row) => !all.includes(row))).toEqual([])
  })

  it('stand in the same order in both languages, with the same defaults', () => {
    const [english = [], chinese = []] = SETTINGS.map((path) =>
      settingRows(read(path)).map((row) => [row[0], row.length === 3 && row[1]?.startsWith('`') ? row[1] : '']),
    )
    expect(chinese).toEqual(english)
  })

  it.each(bridgeRows(read('docs/settings.md')).filter((row) => row[1]?.startsWith('`')))(
    '%s has the default that is written: %s',
    (name, value = '') => {
      const written = { [name?.replaceAll('`', '') ?? '']: value.replaceAll('`', '') }
      expect(parseConfig({ ...LEAST, ...written })).toEqual(parseConfig(LEAST))
    },
  )

  it.each(bridgeRows(read('docs/settings.md')).filter((row) => row[1] === 'required'))(
    '%s is required',
    (name = '') => {
      const setting = name.replaceAll('`', '')
      expect(() => parseConfig({ ...LEAST, [setting]: '' })).toThrow(`\n  ${setting} `)
    },
  )

  it.each(bridgeRows(read('docs/settings.md')).filter((row) => row[1] === ''))('%s may be left out', (name = '') => {
    const setting = name.replaceAll('`', '')
    const without = { ...LEAST, OPENAI_API_KEY: setting === 'OPENAI_MODEL' ? '' : 'key', [setting]: '' }
    expect(() => parseConfig(without)).not.toThrow()
  })
})

describe('.env.example', () => {
  const text = read('.env.example')

  it('names every setting of the bridge once, and no others', () => {
    const names = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name)
    expect(names.sort()).toEqual([...bridgeSettings].sort())
  })

  it('holds no value, so that a copy that nobody filled in is refused by name', () => {
    expect(Object.values(parseEnv(text)).filter((value) => value !== '')).toEqual([])
  })

  it('shows the defaults', () => {
    const defaults = parseEnv(text.replaceAll(/^# ([A-Z][A-Z0-9_]+=)/gm, '$1'))
    expect(parseConfig({ ...defaults, ...LEAST })).toEqual(parseConfig(LEAST))
  })
})

describe('.dev.vars.example', () => {
  const text = read('.dev.vars.example')

  it('asks for what the Worker must have, and tells of the rest', () => {
    const needed = edgeSettings.filter((name) => !name.endsWith('_PREVIOUS'))
    expect(Object.keys(parseEnv(text)).sort()).toEqual(needed.sort())
    for (const name of edgeSettings) expect(text).toContain(name)
  })

  it('holds no value', () => {
    expect(Object.values(parseEnv(text)).filter((value) => value !== '')).toEqual([])
  })

  it('asks for what wrangler.toml requires', () => {
    const [, required = ''] = /^required = \[(.*)\]$/m.exec(read('wrangler.toml')) ?? []
    expect(required.match(/[A-Z_]+/g)?.sort()).toEqual(Object.keys(parseEnv(text)).sort())
  })
})

describe.each(PAIRS)('%s and %s', (english, chinese) => {
  const [one, other] = [read(english), read(chinese)]

  it('have the same headings, level by level', () => {
    expect(headingLevels(one).length).toBeGreaterThan(3)
    expect(headingLevels(other)).toEqual(headingLevels(one))
  })

  it('have the same commands and code', () => {
    expect(codeBlocks(other)).toEqual(codeBlocks(one))
  })

  it('have as many items and rows in each section', () => {
    expect(listLengths(other)).toEqual(listLengths(one))
  })

  it('link to each other', () => {
    const name = (path: string) => path.split('/').at(-1)
    expect(one).toContain(`[中文](${name(chinese)})`)
    expect(other).toContain(`[English](${name(english)})`)
  })
})

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path)

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm (?:run ([a-z]+(?::[a-z]+)?)|(start|test)\b)/g)].map(
      ([, a, b = '']) => a ?? b,
    )
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    const missing = links.filter((link) => !link.includes('://') && !existsSync(join(ROOT, dirname(path), link)))
    expect(links.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
  })

  it('names files of the project that exist', () => {
    const named = [...text.matchAll(/`((?:edge|bridge|shared|test|docs)\/[\w./-]*)`/g)].map(([, file = '']) => file)
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })
})

describe('the menu file that docs/service-desk.md shows', () => {
  it('is one that the bridge takes', () => {
    const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(read('docs/service-desk.md')) ?? []
    expect(parseMenuFile(shown).menus.size).toBe(2)
  })
})

describe('what the pictures weigh', () => {
  it.each([
    ['docs/images/phone.png', 150_000],
    ['docs/images/flow.svg', 20_000],
  ])('%s has at most %i bytes', (path, maxBytes) => {
    expect(statSync(join(ROOT, path)).size).toBeLessThan(maxBytes)
  })
})

describe('the address of this repository', () => {
  it('has one owner wherever it stands, so that who publishes it changes one word', () => {
    const owners = DOCUMENTS.flatMap((path) => [...read(path).matchAll(/github\.com\/([\w-]+)\/kefu-edge/g)])
    expect(owners.length).toBe(4)
    expect(new Set(owners.map(([, owner]) => owner)).size).toBe(1)
  })
})
