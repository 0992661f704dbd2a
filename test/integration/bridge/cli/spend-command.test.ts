import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { createSpendStore, type SpendRow } from '../../../../bridge/store/spend-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'

function open(env: Record<string, string> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-spend-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const kefu = async (...argv: string[]) => {
    let out = ''
    const write = (text: string) => {
      out += text
    }
    const code = await runCli({ argv, env: { DATA_DIR: dataDir, ...env }, stdout: write, stderr: write })
    return { code, out }
  }
  return { dataDir, kefu }
}

const chinaDay = (daysAgo: number) =>
  new Date(Date.now() + 8 * 3_600_000 - daysAgo * 86_400_000).toISOString().slice(0, 10)
const row = (over: Partial<SpendRow>): SpendRow => ({
  ...{ day: chinaDay(0), openKfId: 'wk1', purpose: 'answer', model: 'flash', calls: 2, unpriced: 0 },
  ...{ inputTokens: 100, cachedTokens: 50, outputTokens: 20, soundMs: 0, costMicros: 1_230_000 },
  ...over,
})

const openFresh = (dataDir: string) =>
  openDatabase({ url: undefined, dataDir, poolSize: 1, log: createRecordingLogger() })

describe('kefu spend', () => {
  it('shows what each thing costs, and names what is not known', async () => {
    const { dataDir, kefu } = open()
    const database = await openFresh(dataDir)
    await createSpendStore(database).add([
      row({}),
      row({ purpose: 'speech', model: 'ears', inputTokens: 0, outputTokens: 0, soundMs: 61_000, costMicros: 10_000 }),
      row({ openKfId: '', purpose: 'index', model: 'bge', calls: 4, unpriced: 4, costMicros: 0 }),
      row({ day: chinaDay(3), costMicros: 5_000_000 }),
    ])
    await database.close()
    const { code, out } = await kefu('spend', '--lang', 'zh')
    expect(code).toBe(0)
    expect(out).toMatch(/wk1 +回答 +flash +2 +100\+20 tokens +1\.2300/)
    expect(out).toMatch(/听语音 +ears +2 +61 s +0\.0100/)
    expect(out).toMatch(/共用 +知识库向量 +bge +4 .* 未知/)
    expect(out).toContain('合计 1.2400 元')
    expect(out).toContain('另有 4 次调用不知道价格或用量')
    expect(JSON.parse((await kefu('spend', '--days', '4', '--json')).out)).toMatchObject({ costMicros: 6_240_000 })
  })

  it('goes by the day of each account', async () => {
    const { dataDir, kefu } = open()
    const database = await openFresh(dataDir)
    const dayIn = (timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now())
    const [far, near] = ['Etc/GMT+12', 'Etc/GMT-14']
    await createSpendStore(database).add([
      row({ openKfId: 'wkFar', day: dayIn(far), costMicros: 1 }),
      row({ openKfId: 'wkNear', day: dayIn(near), costMicros: 10 }),
      // Yesterday there, though somewhere it is that day still.
      row({ openKfId: 'wkNear', day: dayIn(far), costMicros: 100 }),
    ])
    await database.close()
    for (const [account, timeZone] of [
      ['wkFar', far],
      ['wkNear', near],
    ]) {
      const set = await kefu('settings', 'set', 'hours.timeZone', timeZone ?? '', '--account', account ?? '')
      expect(set).toMatchObject({ code: 0 })
    }
    expect(JSON.parse((await kefu('spend', '--json')).out)).toMatchObject({ costMicros: 11 })
  })

  it('counts the vectors that the command line makes, at the price of the settings', async () => {
    const retrieval = await startStandInRetrieval()
    onTestFinished(retrieval.close)
    const { dataDir, kefu } = open({
      ...{ EMBEDDING_API_KEY: 'sk-test', EMBEDDING_BASE_URL: retrieval.baseUrl, EMBEDDING_MODEL: 'm' },
    })
    await (await openFresh(dataDir)).close()
    const faq = join(dataDir, 'faq.csv')
    writeFileSync(faq, 'question,answer\n怎么退货？,七日内。\n')
    expect(await kefu('settings', 'set', 'answer.prices', '{"m":{"input":1000}}')).toMatchObject({ code: 0 })
    expect(await kefu('knowledge', 'add', faq)).toMatchObject({ code: 0 })
    const { rows } = JSON.parse((await kefu('spend', '--json')).out) as { rows: SpendRow[] }
    expect(rows).toMatchObject([{ openKfId: '', purpose: 'index', model: 'm', unpriced: 0, costMicros: 1000 }])
  })
})
