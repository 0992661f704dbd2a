import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createTerminalAsker } from '../../../../../bridge/cli/setup/terminal-asker.ts'

describe('createTerminalAsker', () => {
  it.each([
    ['zh', /是.*否/, /Yes|No/],
    ['en', /Yes.*No/, /[是否]/],
  ] as const)('asks for yes or no in %s', async (language, words, others) => {
    const input = new PassThrough()
    const output = new PassThrough()
    let shown = ''
    output.on('data', (data) => {
      shown += data
    })
    const asker = createTerminalAsker({ language, input, output })
    const asked = asker.confirm('', { zh: '要吗？', en: 'Is it?' }, { initial: false })
    input.write('y')
    expect(await asked).toBe(true)
    expect(shown).toMatch(words)
    expect(shown).not.toMatch(others)
  })
})
