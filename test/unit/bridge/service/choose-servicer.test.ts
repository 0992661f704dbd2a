import { describe, expect, it } from 'vitest'
import { chooseServicers } from '../../../../bridge/service/choose-servicer.ts'
import type { Servicer } from '../../../../bridge/wecom/endpoints/list-servicers.ts'

const on = (userId: string): Servicer => ({ userId, state: 'receiving' })
const off = (userId: string): Servicer => ({ userId, state: 'stopped' })
const three = [on('c'), on('a'), on('b')]
const turns = (...entries: [string, number][]) => new Map(entries)

describe('chooseServicers', () => {
  it.each([
    ['begins at the first', 'round-robin', three, turns(), ['a', 'b', 'c']],
    ['goes on after the last one', 'round-robin', three, turns(['a', 1], ['b', 5]), ['c', 'a', 'b']],
    ['goes round', 'round-robin', three, turns(['c', 9]), ['a', 'b', 'c']],
    ['goes on though the last one has left', 'round-robin', [on('a'), on('c')], turns(['b', 9]), ['c', 'a']],
    ['skips who is off duty', 'round-robin', [on('a'), off('b'), on('c')], turns(['a', 9]), ['c', 'a']],
    ['takes who has waited longest', 'least-recent', three, turns(['a', 3], ['b', 1], ['c', 2]), ['b', 'c', 'a']],
    ['before them who was never asked', 'least-recent', three, turns(['c', 3], ['a', 2]), ['b', 'a', 'c']],
    ['takes the named in their order', 'named', three, turns(), ['b', 'a']],
    ['and of them only those on duty', 'named', [off('b'), on('a')], turns(), ['a']],
    ['asks nobody for the pool', 'pool', three, turns(), []],
    [
      'has nobody when all are away',
      'round-robin',
      [off('a'), { userId: 'b', state: 'suspended' as const }],
      turns(),
      [],
    ],
    ['can name no department', 'round-robin', [{ departmentId: 3 }], turns(), []],
    ['asks whoever is not told to be away', 'round-robin', [{ userId: 'a' }], turns(), ['a']],
  ] as const)('%s (%s)', (_what, to, servicers, given, expected) => {
    expect(chooseServicers({ to, named: ['b', 'x', 'a'] }, servicers, given)).toEqual(expected)
  })
})
