/** What is written in `meta` about where a database has been, and what a bridge makes of it when it starts. */
import { AppError } from '../../../shared/app-error.ts'
import type { MetaStore } from '../meta-store.ts'

/** Set while a restore or a move writes into this database. */
export const RESTORING = 'restoring'
/** Set in the database that was moved away: to which engine. */
export const MOVED_TO = 'moved_to'
/** Unix ms: customers' messages up to then may have been answered by a system that this database knows nothing of. */
export const UNSURE_UNTIL = 'unsure_until'

/** Throws `database.moved` or `database.half-restored` for a database that must not be worked on. */
export async function checkMarks(meta: Pick<MetaStore, 'get'>): Promise<void> {
  const movedTo = await meta.get(MOVED_TO)
  if (movedTo !== undefined) {
    const message = `this database was moved to ${movedTo}: set DATABASE_URL or DATA_DIR to the new one (back again: npm run kefu -- move --undo)`
    throw new AppError('database.moved', message, { retryable: false, details: { to: movedTo } })
  }
  if ((await meta.get(RESTORING)) !== undefined) {
    const message = 'this database was not restored to the end: run the restore or the move again'
    throw new AppError('database.half-restored', message, { retryable: false })
  }
}

/** 0 when nothing is unsure. */
export async function readUnsureUntil(meta: Pick<MetaStore, 'get'>): Promise<number> {
  return Number((await meta.get(UNSURE_UNTIL)) ?? 0)
}
