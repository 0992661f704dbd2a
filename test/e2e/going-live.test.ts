/**
 * A new user with nothing but the README goes live: the commands of its chapter are run at a real terminal, what the setup shows is pasted
 * into the simulated console, and a customer is answered. In both access modes.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AccessMode } from '../../bridge/cli/setup/access-mode.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { createSimulator } from '../simulator/create-simulator.ts'
import { startEdge } from '../support/edge-process.ts'
import { freePort } from '../support/free-port.ts'
import { startProcessGroup } from '../support/process-group.ts'
import { KEYS, type PtyProcess, startPty } from '../support/pty-process.ts'
import { startStandInModel } from '../support/stand-in-model.ts'
import { waitUntil } from '../support/wait-until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CORP_ID = 'ww1234567890abcdef'
const SECRET = 'the-secret-that-the-console-shows'
const MODEL_KEY = 'the-key-of-the-model'

/** The commands of a chapter, in order. */
function readCommands(path: string, heading: RegExp): string[] {
  const [, after = ''] = readFileSync(join(ROOT, path), 'utf8').split(heading)
  const [chapter = ''] = after.split(/^## /m)
  const blocks = [...chapter.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.trim().split('\n')).map((line) => line.trim())
}

/** `npm run x -- y` as npm would start it, from a folder that is not the project's. */
function toShell(command: string): string {
  const [, name = '', rest = ''] = /^npm (?:run )?([a-z]+)(?: --(.*))?$/.exec(command) ?? []
  const script = (packageJson.scripts as Record<string, string>)[name]
  if (script === undefined) throw new Error(`the README names ${command}, which is no script`)
  return `${script}${rest}`
    .replaceAll(/\bnode\b(?=\s)/g, process.execPath)
    .replaceAll(/(?<=\s)bridge\//g, `${ROOT}/bridge/`)
    .replaceAll('node_modules/.cache', `${ROOT}/node_modules/.cache`)
}

/** Types answers as questions come: each question is waited for. */
async function answer(pty: PtyProcess, steps: readonly (readonly [question: string | RegExp, keys: string])[]) {
  for (const [question, keys] of steps) {
    await pty.until(question)
    pty.type(keys)
  }
}

describe('the rehearsal of docs/going-live', () => {
  it.each(['docs/going-live.md', 'docs/going-live.zh-CN.md'])(
    'has these commands in %s, which are run elsewhere',
    (path) => {
      expect(readCommands(path, /^## (?:Rehearse|演练)$/m)).toEqual([
        'npm ci',
        'npm run simulator -- --switch mode=native',
        'WECHAT_API_BASE=http://127.0.0.1:8790/cgi-bin npm run setup',
        'npx wrangler dev',
        'npm run doctor',
        'npm start',
        'npm run kefu -- knowledge add docs/examples/shop',
      ])
    },
  )
})

describe.each<AccessMode>(['native', 'wecom'])('going live by the README alone, in %s mode', (mode) => {
  it('leads from nothing to an answer', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kefu-live-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
    const [simulator, model, port] = await Promise.all([
      createSimulator({
        corpId: CORP_ID,
        secret: SECRET,
        callback: { token: '', aesKey: '' },
        accounts: [{ name: '我们的客服' }],
        customers: [{ name: '小雨', externalUserId: 'wmCustomer' }],
        switches: { mode },
      }),
      startStandInModel({ apiKey: MODEL_KEY }),
      freePort(),
    ])
    onTestFinished(() => simulator.close())
    onTestFinished(() => model.close())
    const url = `http://127.0.0.1:${port}`
    // What the simulated world needs besides: a real one has these by default.
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'zh_CN.UTF-8',
      WECHAT_API_BASE: simulator.apiBase,
      DEEPSEEK_BASE_URL: model.baseUrl,
      PORT: String(await freePort()),
    }
    const commands = readCommands('README.md', /^## Going live$/m)
    expect(commands).toEqual([
      'npm ci',
      'npx wrangler login',
      'npm run setup',
      'npm run doctor',
      'npm start',
      'npm run kefu -- knowledge add FOLDER',
      'npm run kefu -- link',
    ])
    const [, , setup = '', doctor = '', start = '', learn = '', link = ''] = commands
    const pty = startPty(toShell(setup), { cwd: folder, env })
    onTestFinished(() => pty.kill())

    await answer(pty, [
      ['怎样接入微信客服', mode === 'native' ? KEYS.enter : `${KEYS.down}${KEYS.enter}`],
      ['给 Worker 用的域名', `kefu.somebody.workers.dev${KEYS.enter}`],
      ['workers.dev 在中国大陆访问不到', `\u0015${url}${KEYS.enter}`],
      ['企业ID', `${CORP_ID}${KEYS.enter}`],
      ['由哪个模型回答', KEYS.enter],
      ['DeepSeek 的密钥', `${MODEL_KEY}${KEYS.enter}`],
      ['现在怎么办', `${KEYS.down}${KEYS.enter}`],
    ])
    await pty.until('等 127.0.0.1 上的 Worker')
    const devVars = parseEnv(readFileSync(join(folder, '.dev.vars'), 'utf8')) as Record<string, string>
    for (const file of ['.env', '.dev.vars']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    // In the deploy's place: the same Worker with the same secrets, here.
    const edge = await startEdge({ persistTo: join(folder, 'edge'), port, vars: devVars })
    onTestFinished(() => edge.stop())

    const shown = await pty.until(/EncodingAESKey +\w{43}/)
    const pasted = (name: string) => new RegExp(`${name} +(\\S+)`).exec(shown)?.[1] ?? ''
    const form = { url: pasted('URL'), token: pasted(' Token'), aesKey: pasted('EncodingAESKey') }
    expect(await simulator.saveCallback({ ...form, token: 'aWrongToken' })).toMatchObject({ ok: false, status: 403 })
    await pty.until('Token 不是上面的那个')
    expect(simulator.consolePage().secret).toBe(mode === 'native' ? null : SECRET)
    expect(await simulator.saveCallback(form)).toMatchObject({ ok: true })
    expect(simulator.consolePage().secret).toBe(SECRET)

    await pty.until('回调地址验证通过')
    if (mode === 'wecom') expect(pty.screen()).toContain('企业可信IP：加上')
    await answer(pty, [
      [/Secret（/, `a-wrong-secret${KEYS.enter}`],
      [/40001[\s\S]*Secret（/, `${SECRET}${KEYS.enter}`],
    ])
    await pty.until('设置完成')
    expect(await pty.ended()).toBe(0)
    for (const secret of [SECRET, MODEL_KEY, devVars.BRIDGE_TOKEN ?? '']) expect(pty.screen()).not.toContain(secret)

    const run = (command: string) => {
      const group = startProcessGroup('/bin/sh', ['-c', toShell(command)], {
        cwd: folder,
        env: { ...env, NO_COLOR: '1' },
      })
      onTestFinished(() => group.kill('SIGKILL'))
      return group
    }
    const bridge = run(start)
    simulator.customerWrites({ externalUserId: 'wmCustomer', text: '你好' })
    await waitUntil(() => simulator.delivered().length >= 1, {
      what: 'the customer is answered',
      timeoutMs: 30_000,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${bridge.output()}`)
    })
    expect(simulator.delivered()[0]?.text).toContain('你好')

    // The rest is the same for both.
    if (mode === 'wecom') return
    const examined = run(doctor)
    await waitUntil(() => examined.exit() !== undefined, { what: 'the doctor has looked', timeoutMs: 30_000 })
    expect(examined.exit(), examined.output()).toBe('ended by exit code 0')
    expect(examined.output()).not.toContain('✗')
    for (const line of [/✓ 边缘/, /✓ 回调地址验证/, /✓ 微信客服平台/, /✓ 模型/, /✓ 本机的 bridge/]) {
      expect(examined.output()).toMatch(line)
    }
    const learned = run(learn.replace('FOLDER', join(ROOT, 'docs/examples/shop')))
    await waitUntil(() => learned.exit() !== undefined, { what: 'the shop is known' })
    expect([learned.exit(), learned.output()]).toEqual(['ended by exit code 0', expect.stringContaining('新增 27')])
    const linked = run(link)
    await waitUntil(() => linked.exit() !== undefined, { what: 'the link is given' })
    expect(linked.output()).toContain('https://work.weixin.qq.com/kfid/')

    // Once more: everything is known, and nothing is asked for but what may be changed.
    const again = startPty(toShell(setup), { cwd: folder, env })
    onTestFinished(() => again.kill())
    await answer(again, [
      ['怎样接入微信客服', KEYS.enter],
      ['给 Worker 用的域名', KEYS.enter],
      ['企业ID', KEYS.enter],
    ])
    await again.until('设置完成')
    expect(again.screen()).toContain('模型已配置：deepseek')
    expect(again.screen()).toContain('后台已经验证过回调地址')
    expect(await again.ended()).toBe(0)
    expect(parseEnv(readFileSync(join(folder, '.dev.vars'), 'utf8'))).toEqual(devVars)
  })
})
