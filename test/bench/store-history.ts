/**
 * A long past, written straight into the database while no bridge runs: answered conversations of ten messages with an answer each,
 * as the bridge would have left them. It uses the schema of bridge/store/migrations.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import type { BenchStack } from './bench-stack.ts'

const MESSAGES_EACH = 10
const DAY_MS = 24 * 3_600_000

export async function storeHistory(bench: BenchStack, messages: number): Promise<void> {
  const url = bench.settings.DATABASE_URL
  const conversations = messages / MESSAGES_EACH
  if (url === undefined) {
    const database = new DatabaseSync(join(bench.stack.bridgeEnv.DATA_DIR ?? '', 'kefu.sqlite'))
    const series = (name: string, upto: number) =>
      `with recursive ${name}(n) as (select 1 union all select n + 1 from ${name} where n < ${upto})`
    try {
      database.exec('begin')
      for (const { table, columns, values, each } of toInserts()) {
        database.exec(`insert into ${table} (${columns}) ${series('t', conversations * each)} select ${values} from t`)
      }
      database.exec('commit')
      database.exec('analyze')
    } finally {
      database.close()
    }
    return
  }
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const { table, columns, values, each } of toInserts()) {
      await client.query(
        `insert into ${table} (${columns}) select ${values} from generate_series(1, ${conversations * each}) as t(n)`,
      )
    }
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

/** `n` counts from 1; `each` rows a conversation. */
function toInserts(): { table: string; columns: string; values: string; each: number }[] {
  const conv = (n: string) => `'wkHistory:wm' || (${n})`
  const nth = `((n - 1) / ${MESSAGES_EACH})`
  const seq = `((n - 1) % ${MESSAGES_EACH} + 1)`
  const at = `${Date.now() - 2 * DAY_MS} + n`
  const words = `'请问 ' || n || ' 号商品什么时候到货？麻烦帮我查一下物流信息，谢谢。'`
  const last = String(MESSAGES_EACH)
  return [
    {
      table: 'conversation',
      columns:
        'id, open_kfid, external_userid, last_seq, dirty, parsed, answered, version, last_customer_at, sent_since, created_at',
      values: `${conv('n - 1')}, 'wkHistory', 'wm' || (n - 1), ${last}, ${last}, ${last}, ${last}, ${last}, ${at}, 1, ${at}`,
      each: 1,
    },
    {
      table: 'message',
      columns: 'msgid, open_kfid, conv, seq, origin, type, raw, text, title, state, send_time, received_at',
      values: `'history-' || n, 'wkHistory', ${conv(nth)}, ${seq}, 3, 'text', '{"msgtype":"text","text":{"content":"' || ${words} || '"}}', ${words}, '', 'parsed', ${at}, ${at}`,
      each: MESSAGES_EACH,
    },
    {
      table: 'reply',
      columns: 'id, conv, from_seq, upto_seq, state, answerer, model, created_at',
      values: `'reply-' || n, ${conv('n - 1')}, 1, ${last}, 'closed', 'deepseek', 'deepseek-flash', ${at}`,
      each: 1,
    },
    {
      table: 'reply_part',
      columns: 'msgid, reply_id, conv, upto_seq, no, channel, kind, payload, state, sent_at, created_at',
      values: `'part-' || n, 'reply-' || n, ${conv('n - 1')}, ${last}, 0, 'send', 'text', '{"text":"收到"}', 'sent', ${at}, ${at}`,
      each: 1,
    },
  ]
}
