/**
 * A whole database as it was at one moment, table by table: what a backup file holds, and what moves from one engine to the other.
 * Left out is what belongs to processes (leases, the list of running bridges) and what is a secret (the access token).
 */
import type { Engine, SqlValue } from '../database.ts'
import type { MediaFile } from './media-files.ts'

export interface PortableHeader {
  /** The number of the newest migration that the data has seen. */
  schema: number
  engine: Engine
  databaseId: string
  /** Unix ms, by the clock of the database. */
  at: number
  /** Whether a bridge worked on it at that moment, so that it may have gone on after. */
  isRunning: boolean
  tables: readonly PortableTable[]
}

export interface PortableTable {
  name: string
  columns: readonly string[]
  rows: number
}

export interface PortableBatch {
  table: string
  /** A value for each column, in their order. */
  rows: SqlValue[][]
}

export interface PortableSource {
  readonly header: PortableHeader
  /** Table by table, in the order of the header. Rejects when the source ends early or fails. */
  batches(): AsyncIterable<PortableBatch>
  /** Files of customers; absent where a source has none of its own. */
  media?(): AsyncIterable<MediaFile>
  close(): Promise<void>
}

/** What no other process can use, or nobody else may see. */
export const LEFT_OUT_TABLES: ReadonlySet<string> = new Set(['migration', 'lease', 'instance'])

const LEFT_OUT_META = ['access_token', 'refused_secret', 'relay_take_over', 'write-probe', 'moved_to', 'restoring']

/** The condition of the rows that a table gives away, as SQL; '' for all of them. */
export function portableRows(table: string): string {
  return table === 'meta' ? `where key not in (${LEFT_OUT_META.map((key) => `'${key}'`).join(', ')})` : ''
}

/** Read, and stored in one transaction, at a time. */
export const BATCH_ROWS = 2000
