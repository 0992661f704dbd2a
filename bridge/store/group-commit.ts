/**
 * Runs the work of many callers on one SQLite connection and commits what waits together at once: one sync to the disk for all of
 * it, where each would have held the event loop for a sync of its own. Nobody hears of a success before the commit.
 *
 * Each piece of work is all or nothing by a savepoint, so a failure takes nothing of its neighbours along. Pieces run one after
 * the other and see what those before them wrote; if the commit fails, all of them fail.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Sql } from './database.ts'

export interface GroupCommitDeps {
  connection: Pick<DatabaseSync, 'exec' | 'isTransaction'>
  sql: Sql
  /** Tries again while another process holds the lock, until the deadline (monotonic ms). */
  untilFree: <T>(attempt: () => Promise<T>, deadline: number) => Promise<T>
  busyTimeoutMs: number
}

export interface GroupCommit {
  /** Outside of any transaction. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>
}

interface Piece {
  isRead: boolean
  run: (sql: Sql) => Promise<unknown>
  deadline: number
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** The event loop is held for as long as a group takes, a tenth of a millisecond a piece. */
const MAX_GROUP = 50

export function createGroupCommit({ connection, sql, untilFree, busyTimeoutMs }: GroupCommitDeps): GroupCommit {
  let waiting: Piece[] = []
  let running: Promise<void> | undefined

  const runRead = async (piece: Piece): Promise<void> => {
    try {
      piece.resolve(await untilFree(() => piece.run(sql), piece.deadline))
    } catch (error) {
      piece.reject(error)
    }
  }

  /** Undefined when the piece has failed alone, and its caller was told. */
  const runInGroup = async (piece: Piece): Promise<(() => void) | undefined> => {
    connection.exec('savepoint piece')
    try {
      const value = await piece.run(sql)
      connection.exec('release piece')
      return () => piece.resolve(value)
    } catch (error) {
      // Some failures, a full disk among them, have ended the whole transaction already.
      if (!connection.isTransaction) throw error
      connection.exec('rollback to piece')
      connection.exec('release piece')
      piece.reject(error)
      return undefined
    }
  }

  const runWrites = async (group: readonly Piece[]): Promise<void> => {
    // A call's patience begins with its call: when a lock lasts, all that wait give up together, not one after the other.
    const deadline = Math.min(...group.map((piece) => piece.deadline))
    try {
      // With the write lock taken here, nothing in the transaction has to wait for another process.
      await untilFree(async () => connection.exec('begin immediate'), deadline)
      const succeed: ((() => void) | undefined)[] = []
      for (const piece of group) succeed.push(await runInGroup(piece))
      connection.exec('commit')
      for (const tell of succeed) tell?.()
    } catch (error) {
      for (const piece of group) piece.reject(error)
    }
  }

  /** What a group that failed has left open. Even this can fail on a broken disk, and then nothing may run on top of it. */
  const takeBack = (group: readonly Piece[]): boolean => {
    try {
      if (connection.isTransaction) connection.exec('rollback')
      return true
    } catch (error) {
      for (const piece of group) piece.reject(error)
      return false
    }
  }

  const runAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      // After the sockets that are readable now were read, so that what they ask for is in the group.
      await new Promise((resolve) => setImmediate(resolve))
      const group = waiting.slice(0, MAX_GROUP)
      waiting = waiting.slice(MAX_GROUP)
      if (!takeBack(group)) continue
      for (const piece of group) if (piece.isRead) await runRead(piece)
      const writes = group.filter((piece) => !piece.isRead)
      if (writes.length > 0) await runWrites(writes)
      // At once, so that no lock is kept from another process.
      takeBack([])
    }
    running = undefined
  }

  const add = <T>(isRead: boolean, run: (sql: Sql) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + busyTimeoutMs
      waiting.push({ isRead, run, deadline, resolve: resolve as (value: unknown) => void, reject })
      running ??= runAll()
    })

  return {
    read: (work) => add(true, work),
    write: (work) => add(false, work),
    async drain() {
      while (running !== undefined) await running
    },
  }
}
