import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type EdgeBindings, parseSettings } from '../../../edge/env.ts'

const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'

describe('parseSettings', () => {
  it('parses one set of bindings once', () => {
    const bindings = { ...env }
    expect(parseSettings(bindings)).toBe(parseSettings(bindings))
  })

  it('lists the current value before the previous one', async () => {
    const settings = await parseSettings({
      ...env,
      WECHAT_TOKEN_PREVIOUS: 'old',
      BRIDGE_TOKEN_PREVIOUS: 'o'.repeat(16),
    })
    expect(settings.callbackTokens).toEqual([env.WECHAT_TOKEN, 'old'])
    expect(settings.bridgeSecrets).toEqual([env.BRIDGE_TOKEN, 'o'.repeat(16)])
    expect(settings.callbackKeys.length).toBe(1)
  })

  it.each<[string, Partial<EdgeBindings>, string]>([
    ['no corp id', { WECHAT_CORP_ID: '' }, 'WECHAT_CORP_ID is not set'],
    ['a corp id with a space', { WECHAT_CORP_ID: 'ww 1' }, 'WECHAT_CORP_ID must be'],
    ['a token that is too long', { WECHAT_TOKEN: 't'.repeat(33) }, 'WECHAT_TOKEN must be'],
    ['a token with a dash', { WECHAT_TOKEN: 'a-b' }, 'WECHAT_TOKEN must be'],
    ['a key that is too short', { WECHAT_AESKEY: AES_KEY.slice(1) }, 'WECHAT_AESKEY must be'],
    ['a key with its equals sign', { WECHAT_AESKEY: `${AES_KEY}=` }, 'WECHAT_AESKEY must be'],
    ['a short bridge secret', { BRIDGE_TOKEN: 'short' }, 'BRIDGE_TOKEN must be'],
    ['a wrong previous key', { WECHAT_AESKEY_PREVIOUS: 'x' }, 'WECHAT_AESKEY_PREVIOUS must be'],
  ])('refuses %s by name', async (_what, change, fault) => {
    await expect(parseSettings({ ...env, ...change })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(fault),
    })
  })
})
