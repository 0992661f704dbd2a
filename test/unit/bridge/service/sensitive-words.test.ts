import { describe, expect, it } from 'vitest'
import { createSensitiveWords } from '../../../../bridge/service/sensitive-words.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { settingsWith } from './default-settings.ts'

function start(file: string, own: string[] = []) {
  let settings = settingsWith({ 'words.list': own })
  const words = createSensitiveWords({ settingsOf: () => settings, log: createRecordingLogger() })
  words.onFile('words.txt', file)
  return {
    words,
    set: (list: string[]) => {
      settings = settingsWith({ 'words.list': list })
    },
  }
}

describe('sensitive words', () => {
  it.each([
    ['the word itself', '去赌博吧', '去**吧'],
    ['the longest that fits', '赌博网站', '****'],
    ['with gaps to hide it', '赌 - 博。', '*****。'],
    ['in another width and case', 'ＢＡＤ　Word!', '********!'],
    ['twice', '赌博赌博', '****'],
    ['beside what takes two units', '😀赌博😀', '😀**😀'],
  ])('are found: %s', (_what, text, masked) => {
    const { words } = start('# 备注\n赌博\r\n赌博网站\n\nbad word\n')
    expect(words.has('wk1', text)).toBe(true)
    expect(words.mask('wk1', text)).toBe(masked)
  })

  it.each(['赌一把', '博览会', 'badword', '备注', ''])('are not found in: %s', (text) => {
    const { words } = start('# 备注\n赌博\nbad word\n')
    expect(words.has('wk1', text)).toBe(false)
    expect(words.mask('wk1', text)).toBe(text)
  })

  it('are those of the file as it is now and those of the account', () => {
    const { words, set } = start('赌博', ['违禁'])
    expect([words.has('wk1', '赌博'), words.has('wk1', '违禁')]).toEqual([true, true])
    words.onFile('words.txt', '别的')
    set([])
    expect([words.has('wk1', '赌博'), words.has('wk1', '违禁'), words.has('wk1', '别的')]).toEqual([false, false, true])
    words.onFile('words.txt', undefined)
    expect(words.isEmpty('wk1')).toBe(true)
  })

  it('cost a pass over the text, however many they are', () => {
    const { words } = start(Array.from({ length: 20_000 }, (_, no) => `词${no.toString(36)}语`).join('\n'))
    const text = '这是一段正常的文字，没有什么。'.repeat(300)
    words.has('wk1', text)
    const startedAt = performance.now()
    for (let times = 0; times < 5; times += 1) words.has('wk1', text)
    expect((performance.now() - startedAt) / 5).toBeLessThan(100)
  })
})
