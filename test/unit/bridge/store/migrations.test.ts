import { describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../../../bridge/store/migrate.ts'

const isAddition = (statement: string) =>
  /^create (table|index) /.test(statement) ||
  (/^alter table \w+ add column /.test(statement) && (!/ not null/.test(statement) || / default /.test(statement)))

describe('migrations', () => {
  it.each([
    ['alter table message drop column raw', false],
    ['alter table message add column mood text not null', false],
    ["alter table message add column mood text not null default ''", true],
    ['create unique index message_mood on message (mood)', false],
  ])('%s is an addition: %s', (statement, isAllowed) => expect(isAddition(statement)).toBe(isAllowed))

  it('only add, since a bridge of the version before may still be at work', () => {
    expect(MIGRATIONS.flat().filter((statement) => !isAddition(statement))).toEqual([])
  })
})
