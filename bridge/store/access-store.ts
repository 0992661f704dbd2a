/** What the platform was found to offer and to refuse this company, shared by all processes of this database. */
import type { Database } from './database.ts'

export interface AccessRow {
  endpoint: string
  /** '' when it holds for every account. */
  account: string
  /** 0 when the endpoint has answered. */
  errcode: number
  /** Unix ms. */
  at: number
  /** Of the credentials that it was learned with. */
  fingerprint: string
}

export function createAccessStore(database: Database) {
  return {
    list: (): Promise<AccessRow[]> =>
      database.all<AccessRow>(
        'select endpoint, account, errcode, at, fingerprint from platform_access order by endpoint, account',
      ),
    async save({ endpoint, account, errcode, at, fingerprint }: AccessRow): Promise<void> {
      await database.run(
        `insert into platform_access (endpoint, account, errcode, at, fingerprint) values (?1, ?2, ?3, ?4, ?5)
         on conflict (endpoint, account)
         do update set errcode = excluded.errcode, at = excluded.at, fingerprint = excluded.fingerprint`,
        endpoint,
        account,
        errcode,
        at,
        fingerprint,
      )
    },
    async clear(): Promise<void> {
      await database.run('delete from platform_access')
    },
  }
}
