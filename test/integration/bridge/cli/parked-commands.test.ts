import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import type { Engine } from '../../../../bridge/store/database.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { type ParkedEntry, park } from '../../../../bridge/store/parked-store.ts'
import { createTakeOverStore } from '../../../../bridge/store/take-over-store.ts'
import { AppError } from '../../../../shared/app-error.ts'
import { CONV, createPipeline, customerText, pagesOf } from '../../../support/pipeline.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../../../support/shared-servers.ts'
import { ENGINES } from '../../../support/test-databases.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const MAIN = fileURLToPath(new URL('../../../../bridge/cli/main.ts', import.meta.url))

/** A database as a bridge has it open, and the settings by which the command line finds it. */
async function openBeside(engine: Engine) {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-cli-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const url = engine === 'postgres' ? await sharedPostgresDatabase() : undefined
  const database = await openDatabase({ url, dataDir, poolSize: 4, log: createRecordingLogger() })
  onTestFinished(() => database.close())
  const env: Record<string, string> = url === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: url }
  const kefu = async (...argv: string[]) => {
    let out = ''
    let err = ''
    const code = await runCli({
      argv,
      env,
      stdout: (text) => {
        out += text
      },
      stderr: (text) => {
        err += text
      },
    })
    return { code, out, err }
  }
  const ids = async () => (await database.all<{ id: string }>('select id from parked')).map(({ id }) => id)
  const add = async (over: Partial<ParkedEntry> = {}) => {
    const entry = { stage: 'needs_person', key: 'm1', conv: CONV, reason: 'too-old', body: '', ...over }
    const before = new Set(await ids())
    await park(database, database.now(), entry)
    return (await ids()).find((id) => !before.has(id)) ?? ''
  }
  return { database, env, kefu, add }
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`kefu parked on ${engine}`, () => {
    it('says that nothing is parked', async () => {
      const { kefu } = await openBeside(engine)
      expect(await kefu('parked', 'list')).toEqual({ code: 0, out: '没有搁置的消息。\n', err: '' })
      const { out } = await kefu('parked', 'list', '--json')
      expect(JSON.parse(out)).toEqual({ total: 0, entries: [] })
    })

    it('lists the newest first, as many as wanted, without what customers said', async () => {
      const { kefu, add, database } = await openBeside(engine)
      for (let index = 1; index <= 3; index += 1) {
        const id = await add({ body: 'customer words', reason: index === 2 ? 'no_answer' : 'too-old' })
        await database.run('update parked set at = ?1 where id = ?2', index * 1000, id)
      }
      const { out } = await kefu('parked', 'list', '--limit', '2')
      const lines = out.trim().split('\n')
      expect(lines[0]).toMatch(/^编号 +时间 +环节 +客户 +原因$/)
      expect(lines[1]).toMatch(/需要人工 +wm1 +来信超过 48 小时$/)
      expect(lines[2]).toMatch(/没有可靠的答案$/)
      expect(lines[3]).toBe('另有 1 条，用 --limit 查看')
      const { out: json } = await kefu('parked', 'list', '--json')
      expect(JSON.parse(json)).toMatchObject({ total: 3, entries: [{ at: 3000, stage: 'needs_person' }, {}, {}] })
      expect(out + json).not.toContain('customer words')
    })

    it('shows an entry with its conversation, found by the start of its id, and no control characters', async () => {
      const { kefu, database } = await openBeside(engine)
      const { pull, sweep, parked } = await createPipeline({
        database,
        sync: pagesOf([customerText('保修\u001b[2J多久？')]),
        answer: async () => ({ verdict: 'no_answer', text: 'draft' }),
      })
      await pull()
      await sweep()
      const [entry] = await parked.list(1)
      const { code, out } = await kefu('parked', 'show', entry?.id.slice(0, 6).toUpperCase() ?? '')
      expect(code).toBe(0)
      expect(out).toContain(entry?.id)
      expect(out).toMatch(/客户: 保修\ufffd\[2J多久？/)
      expect(out).toContain('draft')
      const { out: json } = await kefu('parked', 'show', entry?.id ?? '', '--json')
      expect(JSON.parse(json)).toMatchObject({ id: entry?.id, messages: [{ origin: 3, text: '保修\u001b[2J多久？' }] })
    })

    it.each([
      ['an id that is none', 'x!', 'cli.no-id'],
      ['an id that is too short', 'abc', 'cli.no-id'],
      ['an unknown id', 'ffffffff', 'cli.missing'],
      ['the start of two ids', 'aaaa', 'cli.ambiguous'],
    ])('refuses %s', async (_what, id, code) => {
      const { kefu, database, add } = await openBeside(engine)
      for (const last of ['1', '2']) {
        await database.run('update parked set id = ?1 where id = ?2', `aaaabbbb-${last}`, await add())
      }
      const { code: exit, err } = await kefu('parked', 'show', id, '--json')
      expect(exit).toBe(1)
      expect(JSON.parse(err)).toMatchObject({ error: { code } })
      const { code: retryExit, out } = await kefu('parked', 'retry', id, '--json')
      expect(retryExit).toBe(1)
      expect(JSON.parse(out)).toEqual({ results: [{ id, result: code.slice('cli.'.length) }] })
    })

    it('drops entries, each with its own result, and once', async () => {
      const { kefu, add } = await openBeside(engine)
      const [one, two] = [await add(), await add()]
      const { code, out } = await kefu('parked', 'drop', one, 'ffffffff', two)
      expect(code).toBe(1)
      expect(out.split('\n')).toMatchObject(
        [/已关闭$/, /没有搁置/, /已关闭$/].map((line) => expect.stringMatching(line)).concat(''),
      )
      expect(await kefu('parked', 'drop', one)).toMatchObject({ code: 1, out: expect.stringContaining('已经处理过') })
      expect((await kefu('parked', 'list')).out).toContain('没有搁置')
    })

    it('says why a retry is refused, and leaves the entry open', async () => {
      const { kefu, add, database } = await openBeside(engine)
      const id = await add()
      await database.run(
        `insert into conversation (id, open_kfid, external_userid, created_at) values (?1, 'wkAAA', 'wm1', 0)`,
        CONV,
      )
      const { code, out } = await kefu('parked', 'retry', id, '--lang', 'en')
      expect(code).toBe(1)
      expect(out).toMatch(/more than 48 h ago/)
      const { out: json } = await kefu('parked', 'retry', id, '--json')
      expect(JSON.parse(json)).toMatchObject({ results: [{ id, result: 'refused', reason: 'window-closed' }] })
      expect((await kefu('parked', 'list', '--json')).out).toContain(id)
    })

    it('retries from another process while a bridge works on the same database', async () => {
      const { env, database } = await openBeside(engine)
      let isBroken = true
      const { pull, sweep, parked, texts } = await createPipeline({
        database,
        sync: pagesOf([customerText('在吗')]),
        giveUpAfterMs: 0,
        async answer() {
          if (isBroken) throw new AppError('answer.refused', 'refused', { retryable: false })
          return '在的'
        },
      })
      await pull()
      await sweep()
      isBroken = false
      const [entry] = await parked.list(1)
      let isWriting = true
      const writing = (async () => {
        for (let count = 0; isWriting; count += 1) {
          await database.run(`insert into setting (scope, key, value, version) values ('t', ?1, '', 0)`, String(count))
        }
      })()
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'parked', 'retry', entry?.id ?? ''], {
        env: { PATH: process.env.PATH, ...env },
      }).finally(() => {
        isWriting = false
      })
      await writing
      expect(stdout).toMatch(/已重新排队/)
      await sweep()
      expect(texts().at(-1)).toBe('在的')
    })
  })

  describe.skipIf(isMissing())(`kefu relay take-over on ${engine}`, () => {
    it('waits for a bridge to do it', async () => {
      const { kefu, database } = await openBeside(engine)
      const takeOver = createTakeOverStore(database)
      const running = kefu('relay', 'take-over', '--json')
      await waitUntil(async () => (await takeOver.requestedAt()) !== undefined, { what: 'it is wished' })
      await takeOver.done()
      const { code, out } = await running
      expect(code).toBe(0)
      expect(JSON.parse(out)).toEqual({ requested: true, takenOver: true })
    })

    it('leaves the wish for a bridge that is started soon', async () => {
      const { kefu, database } = await openBeside(engine)
      const { code, out } = await kefu('relay', 'take-over', '--wait', '0')
      expect(code).toBe(0)
      expect(out).toContain('10 分钟内')
      expect(await createTakeOverStore(database).requestedAt()).toBeDefined()
    })

    it('forgets a wish of long ago', async () => {
      const { kefu, database } = await openBeside(engine)
      await kefu('relay', 'take-over', '--wait', '0')
      await database.run(`update meta set value = ?1 where key = 'relay_take_over'`, String(database.now() - 600_001))
      expect(await createTakeOverStore(database).requestedAt()).toBeUndefined()
    })
  })
}
