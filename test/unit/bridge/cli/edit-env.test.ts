import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { editEnv } from '../../../../bridge/cli/setup/edit-env.ts'

describe('editEnv', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['fills in an empty line where it is', 'A=\n# about B\nB=\n', { B: '2' }, 'A=\n# about B\nB=2\n'],
    ['adds what is not there at the end', 'A=1\n', { B: '2' }, 'A=1\nB=2\n'],
    ['adds to a file without a last line break', 'A=1', { B: '2' }, 'A=1\nB=2\n'],
    ['begins an empty file', '', { A: '1' }, 'A=1\n'],
    ['leaves what is so already', 'A="1"  \n', { A: '1' }, 'A="1"  \n'],
    ['changes the last of several lines, which is the one that counts', 'A=1\nA=2\n', { A: '3' }, 'A=1\nA=3\n'],
    ['keeps unknown lines, comments and blanks', '# x\n\nODD LINE\nA=1\n', { A: '2' }, '# x\n\nODD LINE\nA=2\n'],
    ['does not take a comment for a line', '# A=1\n', { A: '2' }, '# A=1\nA=2\n'],
    ['does not take a longer name for it', 'A_B=1\n', { A: '2' }, 'A_B=1\nA=2\n'],
    ['sees through export and blanks', '  export A = 1\n', { A: '2' }, 'A=2\n'],
  ])('%s', (_name, text, changes, edited) => {
    expect(editEnv(text, changes)).toBe(edited)
  })

  it.each(['with space', 'has # hash', "it's", 'say "x"', 'a`b', '中文 $HOME', 'back\\slash', ' edges '])(
    'writes %j so that it is read back as it was',
    (value) => {
      const edited = editEnv('OTHER=1\n', { A: value })
      expect(parseEnv(edited)).toEqual({ OTHER: '1', A: value })
      expect(editEnv(edited, { A: value })).toBe(edited)
    },
  )

  it('does not take a value of several lines apart', () => {
    const text = 'KEY="one\nA=inside\ntwo"\nB=1\n'
    const edited = editEnv(text, { A: '2' })
    expect(parseEnv(edited)).toEqual({ KEY: 'one\nA=inside\ntwo', B: '1', A: '2' })
  })

  it('leaves nothing over of a value of several lines that it replaces', () => {
    expect(parseEnv(editEnv('A="x\nB=1"\nC=3\n', { A: '2' }))).toEqual({ A: '2', C: '3' })
  })

  it('refuses what no such file can hold', () => {
    expect(() => editEnv('', { A: '# " \' `' })).toThrow(/^A has a value/)
    expect(() => editEnv('', { A: 'two\nlines' })).toThrow(RangeError)
  })
})
