import { expect, it, onTestFinished } from 'vitest'
import type { Database, Sql } from '../../../../bridge/store/database.ts'
import { migrate } from '../../../../bridge/store/migrate.ts'
import { openSqlite } from '../../../../bridge/store/sqlite.ts'
import { CONV, createPipeline, customerText, pagesOf } from '../../../support/pipeline.ts'

/** Counts what would go over the network to a server, begin and commit included. */
function counting(database: Database) {
  let trips = 0
  const count = (sql: Sql): Sql => ({
    all: (text, ...values) => {
      trips += 1
      return sql.all(text, ...values)
    },
    run: (text, ...values) => {
      trips += 1
      return sql.run(text, ...values)
    },
  })
  const counted: Database = {
    ...database,
    ...count(database),
    transaction: (work) => {
      trips += 2
      return database.transaction((sql) => work(count(sql)))
    },
  }
  return {
    counted,
    async during(work: () => Promise<unknown>): Promise<number> {
      trips = 0
      await work()
      return trips
    },
  }
}

it.each([
  { what: 'an answer in one message', answer: 'one', most: 10 },
  { what: 'an answer in two', answer: 'one|two', most: 16 },
])('$what goes to the database at most $most times', async ({ answer, most }) => {
  const database = openSqlite({ path: ':memory:' })
  onTestFinished(() => database.close())
  await migrate(database)
  const { counted, during } = counting(database)
  const pipeline = await createPipeline({
    database: counted,
    sync: pagesOf([customerText('a')]),
    answer: async () => answer,
  })
  await pipeline.pull()
  expect(await during(() => pipeline.handlers.reply(CONV))).toBeLessThanOrEqual(most)
  expect(pipeline.texts()).toEqual(answer.split('|'))
})
