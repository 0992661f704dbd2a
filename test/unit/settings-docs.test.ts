/** The tables of account settings in the documents, made from the schema. To write them anew: UPDATE_DOCS=1 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SETTING_FIELDS } from '../../bridge/settings/setting-fields.ts'
import { renderAccountSettings } from '../support/render-account-settings.ts'

const MARK = /(<!-- account settings: [^>]*-->\n)[\s\S]*$/

describe.each([
  ['en', 'settings.md'],
  ['zh', 'settings.zh-CN.md'],
] as const)('the account settings in %s', (language, name) => {
  const path = join(import.meta.dirname, '../../docs', name)
  const tables = renderAccountSettings(language)

  it(`stand in docs/${name} as the program has them`, () => {
    const text = readFileSync(path, 'utf8')
    const expected = text.replace(MARK, (_, mark: string) => `${mark}\n${tables}\n`)
    if (process.env.UPDATE_DOCS === '1') writeFileSync(path, expected)
    else expect(text).toBe(expected)
  })

  it('are all described in this language', () => {
    for (const { key, about } of SETTING_FIELDS.values()) {
      const [zh = '', ...en] = about.split(' / ')
      expect((language === 'zh' ? zh : en.join(' / ')).length, key).toBeGreaterThan(1)
    }
  })
})
