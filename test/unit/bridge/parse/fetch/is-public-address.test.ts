import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../../../../bridge/parse/fetch/is-public-address.ts'

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '223.5.5.5', '1.1.1.1', '2606:4700::1111', '2408:8000::1', '::ffff:8.8.8.8'])(
    'takes %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it.each([
    [
      'this machine',
      ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::7f00:1'],
    ],
    ['private networks', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd00::1', 'fec0::1']],
    ['metadata of clouds', ['169.254.169.254', '169.254.0.23', '100.100.100.200', 'fd00:ec2::254', 'fe80::a9fe:a9fe']],
    ['wrapped IPv4', ['64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1', '::ffff:0:127.0.0.1']],
    [
      'what is nobody’s',
      [
        '192.0.2.1',
        '198.18.0.1',
        '203.0.113.1',
        '224.0.0.1',
        '240.0.0.1',
        '255.255.255.255',
        '4000::1',
        '2001:db8::1',
        'ff02::1',
      ],
    ],
    ['no addresses', ['', 'localhost', '2130706433', '0x7f000001', '127.1', '8.8.8.8/8', '8.8.8.8 ']],
  ])('refuses %s', (_what, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })
})
