/** What paid calls have cost, added up by day, account, purpose and model: few rows, however many calls. */
import { type Database, first } from './database.ts'

export interface SpendRow {
  /** Of the account, `2026-11-22`. */
  day: string
  /** '' for what serves all accounts. */
  openKfId: string
  purpose: string
  model: string
  calls: number
  /** Of them, those whose cost is unknown. */
  unpriced: number
  inputTokens: number
  /** Of the input, what came from the vendor's cache. */
  cachedTokens: number
  outputTokens: number
  soundMs: number
  /** Millionths of a yuan. */
  costMicros: number
}

const NUMBERS = ['calls', 'unpriced', 'input_tokens', 'cached_tokens', 'output_tokens', 'sound_ms', 'cost_micros']
const COLUMNS = ['day', 'open_kfid', 'purpose', 'model', ...NUMBERS]
const ADD = `insert into spend (${COLUMNS.join(', ')}) values (${COLUMNS.map((_, index) => `?${index + 1}`).join(', ')})
  on conflict (day, open_kfid, purpose, model) do update set ${NUMBERS.map((name) => `${name} = spend.${name} + excluded.${name}`).join(', ')}`

export function createSpendStore(database: Database) {
  return {
    /** Adds to what is there. An outcome that nobody heard of counts twice when it is tried again: rather too much than too little. */
    add: (rows: readonly SpendRow[]): Promise<void> =>
      database.transaction(async (sql) => {
        // In one order, so that two processes never wait for each other.
        const sorted = rows.map((row) => ({ row, key: [row.day, row.openKfId, row.purpose, row.model].join('\n') }))
        sorted.sort((one, other) => (one.key < other.key ? -1 : 1))
        for (const { row } of sorted) {
          const { day, openKfId, purpose, model, calls, unpriced } = row
          const numbers = [row.inputTokens, row.cachedTokens, row.outputTokens, row.soundMs, row.costMicros]
          await sql.run(ADD, day, openKfId, purpose, model, calls, unpriced, ...numbers)
        }
      }),

    async ofDay(day: string, openKfId: string): Promise<{ costMicros: number; unpriced: number }> {
      const row = await first(
        database.all<{ cost: number; unpriced: number }>(
          `select cast(coalesce(sum(cost_micros), 0) as bigint) as cost, cast(coalesce(sum(unpriced), 0) as bigint) as unpriced
           from spend where day = ?1 and open_kfid = ?2`,
          day,
          openKfId,
        ),
      )
      return { costMicros: Number(row?.cost ?? 0), unpriced: Number(row?.unpriced ?? 0) }
    },

    /** The rows of this day and later ones, the oldest first. */
    since: (day: string): Promise<SpendRow[]> =>
      database.all<SpendRow>(
        `select day, open_kfid as "openKfId", purpose, model, calls, unpriced, input_tokens as "inputTokens",
           cached_tokens as "cachedTokens", output_tokens as "outputTokens", sound_ms as "soundMs", cost_micros as "costMicros"
         from spend where day >= ?1 order by day, open_kfid, purpose, model`,
        day,
      ),
  }
}

export type SpendStore = ReturnType<typeof createSpendStore>
