import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFileAsker } from '../../../../bridge/cli/setup/file-asker.ts'
import { openSettingFiles } from '../../../../bridge/cli/setup/files.ts'
import { makeAesKey, makeBridgeToken, makeToken } from '../../../../bridge/cli/setup/make-secrets.ts'
import { importCallbackKey } from '../../../../shared/callback-cipher.ts'

function start(answers: Record<string, string> = {}, before: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kefu-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(before)) writeFileSync(join(folder, name), text)
  let written = ''
  const write = (text: string) => {
    written += text
  }
  const asker = createFileAsker({ answers, path: 'answers', language: 'en', write })
  return {
    folder,
    asker,
    open: () => openSettingFiles(folder, asker),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    written: () => written,
  }
}

describe('the files of the setup', () => {
  it('begin as their examples, for this user alone', async () => {
    const { folder, open, read, written } = start()
    const files = await open()
    expect(files.get('.env', 'EDGE_URL')).toBe('')
    await files.save('.env', { EDGE_URL: 'https://kefu.example.com', WECHAT_SECRET: 'a-secret' })
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    expect(read('.env')).toMatch(/^# The Worker's address[^\n]*\nEDGE_URL=https:\/\/kefu\.example\.com$/m)
    expect(files.get('.env', 'WECHAT_SECRET')).toBe('a-secret')
    expect(written()).toContain('EDGE_URL, WECHAT_SECRET')
    expect(written()).not.toContain('a-secret')
    expect(readdirSync(folder)).toEqual(['.env'])
  })

  it('become private when they were not, also after a run that was cut off', async () => {
    const { folder, open } = start({}, { '.env': 'A=1\n', '.env.next': 'A=' })
    for (const name of ['.env', '.env.next']) chmodSync(join(folder, name), 0o644)
    await (await open()).save('.env', { B: '2' })
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
  })

  it('keep what they hold, unknown lines too, unless it may be replaced', async () => {
    const before = { '.env': '# mine\nODD=1\nEDGE_URL=https://old.example.com\n' }
    const { open, read, written } = start({}, before)
    const change = { EDGE_URL: 'https://new.example.com', BRIDGE_TOKEN: 'new' }
    expect(await (await open()).save('.env', change)).toBe(false)
    expect(read('.env')).toBe(`${before['.env']}BRIDGE_TOKEN=new\n`)
    expect(written()).toContain('wrote BRIDGE_TOKEN')

    const allowed = start({ SETUP_OVERWRITE: 'yes' }, before)
    expect(await (await allowed.open()).save('.env', change)).toBe(true)
    expect(parseEnv(allowed.read('.env'))).toEqual({ ODD: '1', ...change })
  })

  it('are not touched when nothing changes', async () => {
    const { folder, open } = start({}, { '.env': 'A=1\n' })
    const { mtimeMs } = statSync(join(folder, '.env'))
    expect(await (await open()).save('.env', { A: '1' })).toBe(true)
    expect(statSync(join(folder, '.env')).mtimeMs).toBe(mtimeMs)
  })
})

describe('answers from a file', () => {
  const question = { zh: '', en: '' }

  it('are looked at as typed ones are, and named when they are wrong or missing', async () => {
    const { asker } = start({ MODE: 'x', NAME: ' y ', SURE: 'maybe' })
    const choices = [{ value: 'a', label: question }] as const
    await expect(asker.choose('MODE', question, { choices })).rejects.toMatchObject({
      code: 'cli.usage',
      message: 'answers: MODE: must be one of a',
    })
    await expect(asker.choose('NONE', question, { choices })).rejects.toThrow('answers: NONE: is missing, one of a')
    await expect(asker.text('NONE', question)).rejects.toThrow('answers: NONE: is missing')
    await expect(asker.text('NAME', question, { check: () => ({ zh: '', en: 'is odd' }) })).rejects.toThrow(
      'answers: NAME: is odd',
    )
    await expect(asker.confirm('SURE', question, { initial: true })).rejects.toThrow('yes or no')
    expect(await asker.text('NAME', question)).toBe('y')
    expect(await asker.text('NONE', question, { initial: 'known' })).toBe('known')
    expect(await asker.choose('NONE', question, { choices, initial: 'a' })).toBe('a')
    expect(await asker.confirm('NONE', question, { initial: false })).toBe(false)
  })
})

describe('the secrets that are made', () => {
  it('have the forms that the consoles and the Worker take, and are never the same', async () => {
    for (let round = 0; round < 50; round += 1) {
      expect(makeToken()).toMatch(/^[A-Za-z0-9]{32}$/)
      const aesKey = makeAesKey()
      expect(aesKey).toMatch(/^[A-Za-z0-9]{43}$/)
      await importCallbackKey(aesKey)
      expect(makeBridgeToken()).toMatch(/^[A-Za-z0-9]{43}$/)
    }
    expect(new Set(Array.from({ length: 100 }, makeToken)).size).toBe(100)
  })
})
