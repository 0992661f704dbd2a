import { describe, expect, it } from 'vitest'
import { checkWebAddress } from '../../../../../bridge/parse/fetch/check-web-address.ts'

const rules = { refusedHosts: new Set(['bridge.example.com']), ports: new Set([80, 443]) }

describe('checkWebAddress', () => {
  it.each([
    ['https://a.com/b?c=d', 'https://a.com/b?c=d'],
    ['http://a.com:80/', 'http://a.com/'],
    ['https://a.com:443/', 'https://a.com/'],
    ['http://a.com:443/', 'http://a.com:443/'],
    ['https://例子.com/', 'https://xn--fsqu00a.com/'],
    ['https://www.example.com/', 'https://www.example.com/'],
    ['https://notlocalhost.com/', 'https://notlocalhost.com/'],
    ['https://shop.bridge.example.com/', 'https://shop.bridge.example.com/'],
  ])('takes %s', (address, expected) => {
    expect(checkWebAddress(address, rules)?.href).toBe(expected)
  })

  it.each([
    ['no address', ['', 'a.com', 'http://', 'http://[::1', '//a.com']],
    [
      'another scheme',
      ['ftp://a.com/', 'file:///etc/passwd', 'javascript:1', 'data:,a', 'ws://a.com/', 'gopher://a.com/'],
    ],
    ['a name or password', ['http://user@a.com/', 'http://user:word@a.com/', 'http://:word@a.com/']],
    ['another port', ['http://a.com:22/', 'http://a.com:8080/', 'https://a.com:6379/']],
    [
      'an address in place of a name',
      ['http://8.8.8.8/', 'http://0x08.8.8.8/', 'http://134744072/', 'http://[2606:4700::1111]/', 'http://８.8.8.8/'],
    ],
    ['a name without a dot', ['http://site/', 'http://router/', 'http://site./']],
    [
      'a name of an inner network',
      [
        'http://localhost.localdomain/',
        'http://a.localhost/',
        'http://printer.local/',
        'http://metadata.google.internal/',
        'http://a.lan./',
        'http://x.home.arpa/',
      ],
    ],
    ['a name of ours', ['https://bridge.example.com/', 'https://BRIDGE.example.com./callback']],
  ])('refuses %s', (_what, addresses) => {
    expect(addresses.filter((address) => checkWebAddress(address, rules) !== undefined)).toEqual([])
  })
})
