import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig, parseDatabaseSettings } from '../../../bridge/config.ts'

const LEAST = {
  EDGE_URL: 'https://kefu.example.com',
  BRIDGE_TOKEN: 'a-bridge-token-of-some-length',
  WECHAT_CORP_ID: 'ww1',
  WECHAT_SECRET: 'top-secret-value',
  DEEPSEEK_API_KEY: 'sk-value',
}

function secretFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kefu-secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'secret')
  writeFileSync(path, text)
  chmodSync(path, 0o400)
  return path
}

describe('a secret in a file', () => {
  it.each([
    [
      'BRIDGE_TOKEN',
      'token-of-the-file-of-some-length',
      (config: ReturnType<typeof parseConfig>) => config.edge.bridgeToken,
    ],
    ['WECHAT_SECRET', 'secret of the file', (config: ReturnType<typeof parseConfig>) => config.wecom.secret],
    ['CONSOLE_PASSWORD', 'password', (config: ReturnType<typeof parseConfig>) => config.console.password],
    ['DEEPSEEK_API_KEY', 'sk-file', (config: ReturnType<typeof parseConfig>) => config.vendors.deepseek?.apiKey],
    ['DATABASE_URL', 'postgres://u:p@h/d', (config: ReturnType<typeof parseConfig>) => config.databaseUrl],
    ['ALERT_WEBHOOK_URL', 'https://example.com/hook', (config: ReturnType<typeof parseConfig>) => config.alerts?.url],
  ])('is %s', (name, value, read) => {
    const env = { ...LEAST, [name]: '', [`${name}_FILE`]: secretFile(`${value}\n`) }
    expect(read(parseConfig(env))).toBe(value)
  })

  it('is read for the command line as well', () => {
    const env = { DATABASE_URL_FILE: secretFile('postgres://u:p@h/d') }
    expect(parseDatabaseSettings(env).databaseUrl).toBe('postgres://u:p@h/d')
  })

  it.each([
    [
      'both ways',
      { WECHAT_SECRET: 'a', WECHAT_SECRET_FILE: '/nowhere' },
      /WECHAT_SECRET 与 WECHAT_SECRET_FILE .* are both set/,
    ],
    [
      'not there',
      { WECHAT_SECRET: '', WECHAT_SECRET_FILE: '/nowhere/at-all' },
      /WECHAT_SECRET_FILE .* names a file that can not be read/,
    ],
  ])('that is given %s ends the start, by name', (_what, over, message) => {
    expect(() => parseConfig({ ...LEAST, ...over })).toThrow(message)
    expect(() => parseConfig({ ...LEAST, ...over })).not.toThrow(/nowhere/)
  })

  it('that is empty ends the start, beside the other faults', () => {
    const over = { WECHAT_SECRET: '', WECHAT_SECRET_FILE: secretFile('\n'), PORT: 'many' }
    expect(() => parseConfig({ ...LEAST, ...over })).toThrow(/PORT.*WECHAT_SECRET_FILE .* names a file that is empty/s)
    expect(() => parseConfig({ ...LEAST, ...over })).not.toThrow(/WECHAT_SECRET 未设置 · is missing/)
  })

  it('is for secrets alone', () => {
    expect(parseConfig({ ...LEAST, LOG_LEVEL_FILE: '/nowhere' }).log.level).toBe('info')
  })
})
