import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Sql } from '../../../../bridge/store/database.ts'
import { createGroupCommit } from '../../../../bridge/store/group-commit.ts'

/** A table of names, and every statement of the transaction itself. `failures` makes some of those fail, once each and in turn. */
function open(...failures: { statement: string; rollsBack?: boolean }[]) {
  const database = new DatabaseSync(':memory:')
  onTestFinished(() => database.close())
  database.exec('create table t (name text primary key)')
  const executed: string[] = []
  const sql: Sql = {
    all: async <Row>(text: string, ...values: (string | number | null | Uint8Array)[]) =>
      database.prepare(text).all(...values) as Row[],
    run: async (text, ...values) => Number(database.prepare(text).run(...values).changes),
  }
  const group = createGroupCommit({
    connection: {
      exec(text) {
        executed.push(text)
        const [failure] = failures
        if (text !== failure?.statement) return database.exec(text)
        if (failure.rollsBack) database.exec('rollback')
        failures.shift()
        throw new Error('the disk is full')
      },
      get isTransaction() {
        return database.isTransaction
      },
    },
    sql,
    untilFree: (attempt) => attempt(),
    busyTimeoutMs: 1000,
  })
  const insert = (name: string) => group.write((target) => target.run('insert into t values (?1)', name))
  const names = () =>
    database
      .prepare('select name from t order by name')
      .all()
      .map((row) => row.name)
  return { group, insert, names, executed }
}

describe('createGroupCommit', () => {
  it('commits what waits together once', async () => {
    const { insert, names, executed } = open()
    await Promise.all(['a', 'b', 'c'].map(insert))
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(executed.filter((text) => text === 'commit')).toHaveLength(1)
  })

  it('takes nothing of the neighbours along when one fails, and nothing of that one stays', async () => {
    const { group, insert, names } = open()
    const failing = group.write(async (sql) => {
      await sql.run(`insert into t values ('half')`)
      throw new Error('on purpose')
    })
    const results = await Promise.allSettled([insert('a'), failing, insert('a'), insert('b')])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(names()).toEqual(['a', 'b'])
  })

  it('lets a later piece see what an earlier one of its group wrote', async () => {
    const { group, insert } = open()
    const [, seen] = await Promise.all([insert('a'), group.write((sql) => sql.all('select name from t'))])
    expect(seen).toEqual([expect.objectContaining({ name: 'a' })])
  })

  it('tells nobody of a success when the commit fails, and goes on after it', async () => {
    const { insert, names } = open({ statement: 'commit' })
    const results = await Promise.allSettled([insert('a'), insert('b')])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await insert('c')
    expect(names()).toEqual(['c'])
  })

  it('goes on after a commit that could not even be taken back', async () => {
    const { insert, names } = open({ statement: 'commit' }, { statement: 'rollback' })
    await expect(insert('a')).rejects.toThrow('the disk is full')
    await insert('b')
    expect(names()).toEqual(['b'])
  })

  it('fails the whole group when a failure has ended its transaction, and goes on after it', async () => {
    const { insert, names } = open({ statement: 'release piece', rollsBack: true })
    const results = await Promise.allSettled([insert('a'), insert('b')])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    await insert('c')
    expect(names()).toEqual(['c'])
  })

  it('reads outside of a transaction', async () => {
    const { group, executed } = open()
    await group.read((sql) => sql.all('select name from t'))
    expect(executed).toEqual([])
  })

  it('is drained when nothing waits any more', async () => {
    const { group, insert, names } = open()
    const inserts = Array.from({ length: 120 }, (_, index) => insert(String(index)))
    await group.drain()
    expect(names()).toHaveLength(120)
    await Promise.all(inserts)
  })
})
