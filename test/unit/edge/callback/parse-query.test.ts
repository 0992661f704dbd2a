import { expect, it } from 'vitest'
import { parseQuery } from '../../../../edge/callback/parse-query.ts'

const REQUIRED = 'msg_signature=s&timestamp=1&nonce=n'

it('decodes percent signs once and leaves a plus alone', () => {
  const url = `https://e/callback?${REQUIRED}&echostr=a%2Bb+c%2Fd%3D%3D%252B`
  expect(parseQuery(url)).toEqual({ signature: 's', timestamp: '1', nonce: 'n', echostr: 'a+b+c/d==%2B' })
})

it('takes base64 whose equals signs were not encoded', () => {
  expect(parseQuery(`https://e/callback?${REQUIRED}&echostr=YQ==`).echostr).toBe('YQ==')
})

it.each([
  ['no query', ''],
  ['no signature', 'timestamp=1&nonce=n'],
  ['no timestamp', 'msg_signature=s&nonce=n'],
  ['no nonce', 'msg_signature=s&timestamp=1'],
  ['an empty nonce', 'msg_signature=s&timestamp=1&nonce='],
  ['a nonce without a value', 'msg_signature=s&timestamp=1&nonce'],
  ['a broken escape', `${REQUIRED}&echostr=%E4%`],
])('refuses %s', (_what, query) => {
  expect(() => parseQuery(`https://e/callback?${query}`)).toThrow(
    expect.objectContaining({ code: 'callback.parameters-missing' }),
  )
})
