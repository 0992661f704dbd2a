import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { faultActionSchema } from '../../simulator/fault-table.ts'
import { describeSwitches, switchesSchema } from '../../simulator/switches.ts'
import { startSimulator } from './start-simulator.ts'

const names = Object.keys(switchesSchema.shape)
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const DOCS = ['docs/simulator.md', 'docs/simulator.zh-CN.md']

describe('every switch', () => {
  it.each(DOCS)('is explained in %s, and nothing else is', (file) => {
    const [, tables = ''] = read(file).split(/^## (?:Switches|开关)$/m)
    const explained = [...tables.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(explained.toSorted()).toEqual(names.toSorted())
  })

  it.each(DOCS)('stands in %s with its first position and its choices', (file) => {
    const shown = new Map([...read(file).matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name, cell]) => [name, cell]))
    for (const { name, first, options } of describeSwitches(switchesSchema.parse({}))) {
      // Too long for a table.
      const position = name === 'transitions' ? '…' : JSON.stringify(first)
      const choices = options.length > 0 ? ` (${options.join(', ')})` : ''
      expect(shown.get(name), name).toBe(`\`${position}\`${choices}`)
    }
  })

  it('has words for the page', () => {
    const words = read('test/simulator/phone/tools/switch-words.js').matchAll(/^ {2}(\w+): \['.+', '.+'\],$/gm)
    expect([...words].map(([, name]) => name).toSorted()).toEqual(names.toSorted())
  })

  it('is described with its position, its first one, and its choices', async () => {
    const simulator = await startSimulator({ switches: { mode: 'native' } })
    const table = simulator.switchTable()
    expect(table.map(({ name }) => name)).toEqual(names)
    const byName = new Map(table.map((one) => [one.name, one]))
    expect(byName.get('mode')).toMatchObject({
      kind: 'choice',
      options: ['wecom', 'native'],
      value: 'native',
      first: 'wecom',
    })
    expect(byName.get('overdueErrcode')).toMatchObject({ kind: 'choice', options: [95002, 95018] })
    expect(byName.get('corpVerified')).toMatchObject({ kind: 'boolean', first: true, isNullable: false })
    expect(byName.get('callsPerMinute')).toMatchObject({ kind: 'number', first: 10_000, isNullable: true })
    expect(byName.get('transitions')).toMatchObject({ kind: 'json' })
  })

  it.each([
    ['an unknown name', { nothing: 1 }],
    ['a position it does not have', { mode: 'other' }],
    ['a probability above 1', { sendFailChance: 2 }],
  ])('refuses %s', async (_name, change) => {
    const simulator = await startSimulator()
    expect(() => simulator.setSwitches(change as object)).toThrow()
  })
})

describe('docs/simulator.md', () => {
  it.each(DOCS)('names every control and every call in %s', async (file) => {
    const simulator = await startSimulator()
    const text = read(file)
    const controls = Object.keys(simulator).filter(
      (name) => !['url', 'apiBase', 'close', 'token', 'call', 'callLater', 'get', 'upload'].includes(name),
    )
    const missing = [...controls, ...simulator.endpoints()].filter((name) => !text.includes(`\`${name}\``))
    expect(missing).toEqual([])
  })

  it.each(DOCS)('explains every kind of fault in %s', (file) => {
    const [, section = ''] = read(file).split(/^## (?:Faults|故障)$/m)
    const kinds = faultActionSchema.options.map((option) => option.shape.kind.value)
    expect(kinds.filter((kind) => !section.includes(`\`${kind}\``))).toEqual([])
  })
})

describe('an errcode of the table', () => {
  it('can be given by a fault with its own words, each of them', { timeout: 30_000 }, async () => {
    const simulator = await startSimulator()
    const codes = simulator.errorCodes()
    expect(codes.length).toBeGreaterThan(100)
    for (const { errcode, errmsg, meaning } of codes) {
      simulator.addFault({ endpoint: 'getcallbackip', action: { kind: 'errcode', errcode }, times: 1 })
      const answer = await simulator.get('getcallbackip')
      expect(answer.errcode).toBe(errcode)
      expect(String(answer.errmsg).startsWith(`${errmsg}, hint:`)).toBe(true)
      expect(meaning).toMatch(/\S/)
    }
  })
})
