import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  codesOf,
  DOCUMENTS,
  FAULTS,
  renderTroubleshooting,
} from '../../../../bridge/cli/doctor/render-troubleshooting.ts'
import { SYMPTOMS } from '../../../../bridge/cli/doctor/symptoms.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')

describe('the symptoms', () => {
  const codes = SYMPTOMS.flatMap(codesOf)

  it('lead to every finding that asks for something, each under one of them', () => {
    expect(FAULTS.size).toBeGreaterThan(80)
    expect([...codes].sort()).toEqual([...FAULTS.keys()].sort())
  })

  it.each(SYMPTOMS)('%# name findings that there are', (symptom) => {
    expect(codesOf(symptom).length).toBeGreaterThan(0)
    for (const code of codesOf(symptom)) expect(FAULTS.has(code), code).toBe(true)
  })
})

describe.each(['en', 'zh'] as const)('docs/troubleshooting in %s', (language) => {
  it('is what the table of the doctor says; else run node bridge/cli/doctor/render-troubleshooting.ts', () => {
    expect(readFileSync(join(ROOT, DOCUMENTS[language]), 'utf8')).toBe(renderTroubleshooting(language))
  })

  it('has a row for each finding', () => {
    const text = renderTroubleshooting(language)
    for (const code of FAULTS.keys()) expect(text).toContain(`\n| \`${code}\` | `)
  })
})
