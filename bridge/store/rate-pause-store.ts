/** Which APIs the platform has told some process to leave alone, and until when, for all processes of this database. */
import type { Database } from './database.ts'

export interface RatePause {
  /** What is limited together, e.g. `kf/send_msg`. */
  api: string
  /** Unix ms. */
  until: number
}

export function createRatePauseStore(database: Database) {
  return {
    /** Those that are not over. */
    list: (): Promise<RatePause[]> =>
      database.all<RatePause>('select api, until from rate_pause where until > ?1', database.now()),
    /** Never shortens one. */
    async save({ api, until }: RatePause): Promise<void> {
      await database.run(
        `insert into rate_pause (api, until) values (?1, ?2)
         on conflict (api) do update set until = excluded.until where rate_pause.until < excluded.until`,
        api,
        until,
      )
    },
  }
}
