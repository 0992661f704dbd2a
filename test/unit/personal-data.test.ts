/** What docs/personal-data.md and SECURITY.md say, held against the schema and against themselves. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DERIVED_TABLES, knownTables } from '../../bridge/store/portable/known-tables.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

describe.each(['docs/personal-data.md', 'docs/personal-data.zh-CN.md'])('%s', (path) => {
  it('says of every table what is in it', () => {
    const rows = read(path)
      .split('\n')
      .filter((line) => line.startsWith('|'))
    const named = new Set(
      rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)),
    )
    expect([...knownTables(), ...DERIVED_TABLES].filter((table) => !named.has(table))).toEqual([])
  })
})

describe('SECURITY.md', () => {
  it('says the same in both languages', () => {
    const [english = '', chinese = ''] = read('SECURITY.md').split('\n# 安全\n')
    const shape = (text: string) => [...text.matchAll(/^(?:#+ |\| )/gm)].map(([mark]) => mark)
    expect(shape(`# 安全\n${chinese}`)).toEqual(shape(english))
    const secrets = (text: string) => [...text.matchAll(/`[A-Z_…]+`/g)].map(([name]) => name)
    expect(secrets(chinese)).toEqual(secrets(english))
  })
})
