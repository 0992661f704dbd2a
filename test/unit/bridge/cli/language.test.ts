import { describe, expect, it } from 'vitest'
import { localeLanguage } from '../../../../bridge/cli/language.ts'

describe('localeLanguage', () => {
  it.each([
    [{}, 'zh'],
    [{ LANG: 'C.UTF-8' }, 'zh'],
    [{ LANG: 'POSIX' }, 'zh'],
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'en_US.UTF-8' }, 'en'],
    [{ LANG: 'en' }, 'en'],
    [{ LANG: 'enm' }, 'zh'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'en_GB.UTF-8' }, 'en'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, 'en'],
    [{ LANG: 'en_US.UTF-8', KEFU_LANG: 'zh' }, 'zh'],
    [{ LC_ALL: 'zh_CN.UTF-8', KEFU_LANG: 'en' }, 'en'],
  ] as const)('reads %j as %s', (env, language) => {
    expect(localeLanguage(env)).toBe(language)
  })
})
