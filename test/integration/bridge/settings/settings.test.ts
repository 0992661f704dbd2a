import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { createSettings } from '../../../../bridge/settings/settings.ts'
import type { Engine } from '../../../../bridge/store/database.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { createSettingStore } from '../../../../bridge/store/setting-store.ts'
import { createSyncStore } from '../../../../bridge/store/sync-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedPostgresDatabase } from '../../../support/shared-servers.ts'
import { ENGINES } from '../../../support/test-databases.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const PERSONA = 'answer.persona'

async function open(engine: Engine) {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-settings-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const url = engine === 'postgres' ? await sharedPostgresDatabase() : undefined
  const log = createRecordingLogger()
  const again = async () => {
    const database = await openDatabase({ url, dataDir, poolSize: 2, log })
    onTestFinished(() => database.close())
    return database
  }
  const store = createSettingStore(await again())
  const env: Record<string, string> = url === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: url }
  const kefu = async (...argv: string[]) => {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await runCli({
      argv,
      env,
      stdout: (text) => void out.push(text),
      stderr: (text) => void err.push(text),
    })
    return { code, out: out.join(''), err: err.join('') }
  }
  const settings = (everyMs = 20) => {
    const created = createSettings({ store, log, everyMs })
    onTestFinished(created.stop)
    return created
  }
  const file = (content: string) => {
    const path = join(dataDir, 'settings.json')
    writeFileSync(path, content)
    return path
  }
  return { again, store, log, kefu, settings, file }
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`settings on ${engine}`, () => {
    it('are the defaults, under those for all, under those of the account', async () => {
      const { store, settings } = await open(engine)
      const now = settings()
      await now.refresh()
      expect(now.of('wk1').answer.persona).toBe('')
      await store.change([{ scope: '*', key: PERSONA, value: '"for all"' }])
      await store.change([{ scope: 'wk1', key: PERSONA, value: '"for one"' }])
      await now.refresh()
      expect([now.of('wk1').answer.persona, now.of('wk2').answer.persona]).toEqual(['for one', 'for all'])
      await store.change([{ scope: 'wk1', key: PERSONA, value: undefined }])
      await now.refresh()
      expect(now.of('wk1').answer.persona).toBe('for all')
    })

    it('take effect by themselves in another process, and tell those who listen', async () => {
      const { again, settings } = await open(engine)
      const now = settings()
      let changes = 0
      now.onChange(() => {
        changes += 1
      })
      now.start()
      await waitUntil(() => changes === 1, { what: 'the first look' })
      await createSettingStore(await again()).change([{ scope: '*', key: PERSONA, value: '"new"' }])
      await waitUntil(() => now.of('wk1').answer.persona === 'new', { what: 'the change' })
      expect(changes).toBe(2)
    })

    it('give each change a number of its own, also when many change at once', async () => {
      const { store, again } = await open(engine)
      const elsewhere = createSettingStore(await again())
      const change = (target: typeof store, value: number) =>
        target.change([{ scope: '*', key: PERSONA, value: String(value) }])
      const versions = await Promise.all(
        Array.from({ length: 10 }, (_, index) => change(index % 2 === 0 ? store : elsewhere, index)),
      )
      expect(new Set(versions).size).toBe(10)
      expect(await store.version()).toBe(Math.max(...versions))
    })

    it('are changed all together or not at all', async () => {
      const { store } = await open(engine)
      const wrong = { scope: '*', key: null as unknown as string, value: '1' }
      await expect(store.change([{ scope: '*', key: PERSONA, value: '"half"' }, wrong])).rejects.toThrow()
      expect([await store.list(), await store.version()]).toEqual([[], 0])
    })

    it('leave out what this version does not understand, and say so without the value', async () => {
      const { store, settings, log } = await open(engine)
      await store.change([
        { scope: '*', key: PERSONA, value: '{"secret": 1}' },
        { scope: '*', key: 'answer.gone', value: '"secret"' },
        { scope: 'wk1', key: PERSONA, value: 'not json secret' },
      ])
      const now = settings()
      await now.refresh()
      expect(now.of('wk1').answer.persona).toBe('')
      expect(log.lines.filter(({ name }) => name === 'settings.ignored')).toHaveLength(3)
      expect(JSON.stringify(log.lines)).not.toContain('secret')
    })

    it('can be listed, read, changed and taken away from the command line', async () => {
      const { kefu } = await open(engine)
      expect((await kefu('settings', 'set', PERSONA, '你是小店的客服')).code).toBe(0)
      await kefu('settings', 'set', PERSONA, '你是售后', '--account', 'wk1')
      expect((await kefu('settings', 'get', PERSONA)).out).toBe('你是小店的客服\n')
      expect((await kefu('settings', 'get', PERSONA, '--account', 'wk1')).out).toBe('你是售后\n')
      expect((await kefu('settings', 'list')).out).toMatch(/answer\.persona +"你是小店的客服" +所有账号 +\S/)
      await kefu('settings', 'unset', PERSONA, '--account', 'wk1')
      expect((await kefu('settings', 'get', PERSONA, '--account', 'wk1')).out).toBe('你是小店的客服\n')
      expect((await kefu('settings', 'unset', PERSONA, '--account', 'wk1')).out).toBe('本来就没有设置。\n')
    })

    it('go out to a file and come back, with what the file does not have taken away on demand', async () => {
      const { kefu, file, store } = await open(engine)
      await kefu('settings', 'set', PERSONA, 'one')
      const { out } = await kefu('settings', 'export')
      await kefu('settings', 'set', PERSONA, 'two', '--account', 'wk1')
      expect((await kefu('settings', 'import', file(out))).code).toBe(0)
      expect(await store.list()).toHaveLength(2)
      // As an editor of Windows may have saved it.
      expect((await kefu('settings', 'import', file(`\ufeff${out}`), '--replace')).out).toContain('去掉 1 项')
      expect(await store.list()).toEqual([{ scope: '*', key: PERSONA, value: '"one"' }])
    })
  })
}

describe('kefu settings', () => {
  it.each([
    ['a name that is none', ['set', 'answer.person', 'x'], 'answer.persona'],
    ['a value of another kind', ['set', PERSONA, 'x'.repeat(5000)], `${PERSONA} 接受：文字，最多 4000 个字`],
    ['no number', ['set', 'limits.dailySpend', 'x'], 'limits.dailySpend：不是所要的类型，或者缺少'],
    ['a time that is none', ['set', 'hours.weekly', '[{"days":[1],"from":"9:30","to":"18:00"}]'], '时间须写作 09:30'],
    ['no value', ['set', PERSONA], 'VALUE'],
    ['an account that is none', ['set', PERSONA, 'x', '--account', '售 前'], 'open_kfid'],
    ['a file that is not there', ['import', '/nowhere/settings.json'], '读不到文件'],
  ])('refuses %s and says what to do', async (_, argv, said) => {
    const { kefu, store } = await open('sqlite')
    const { code, err } = await kefu('settings', ...argv)
    expect([code, err.includes(said)]).toEqual([2, true])
    expect(await store.list()).toEqual([])
  })

  it('are not for an account that none of those found is', async () => {
    const { kefu, store, again } = await open('sqlite')
    await createSyncStore(await again(), { graceMs: 0 }).wantAll(['wk1'])
    const { code, err } = await kefu('settings', 'set', PERSONA, 'x', '--account', 'wk2')
    expect([code, err]).toEqual([2, '没有这个客服账号：wk2。现有：\n  wk1\n'])
    expect((await kefu('settings', 'set', PERSONA, 'x', '--account', 'wk1')).code).toBe(0)
    expect(await store.list()).toHaveLength(1)
  })

  it('saves nothing of a file with a fault, and names every fault in it', async () => {
    const { kefu, file, store } = await open('sqlite')
    const path = file(JSON.stringify({ '*': { [PERSONA]: 'right', 'no.such': 1 }, wk1: { [PERSONA]: 7 } }))
    const { code, err } = await kefu('settings', 'import', path)
    expect(code).toBe(2)
    expect(err).toContain('no.such')
    expect(err).toContain(`wk1: ${PERSONA}`)
    expect(await store.list()).toEqual([])
    expect((await kefu('settings', 'import', file('[1, 2'))).err).toContain('"section.field"')
  })
})
