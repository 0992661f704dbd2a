import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { COMMANDS, GROUPS } from '../../../../bridge/cli/commands.ts'
import { runCli } from '../../../../bridge/cli/run-cli.ts'

async function run(argv: readonly string[], env: Record<string, string> = {}, envFile?: string) {
  let out = ''
  let err = ''
  const code = await runCli({
    argv,
    env: { DATA_DIR: '/nonexistent', ...env },
    ...(envFile === undefined ? {} : { envFile }),
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
  })
  return { code, out, err }
}

describe('runCli', () => {
  it.each([[['--help']], [['-h']], [['--lang', 'zh', '--help']]])('lists every command with %j', async (argv) => {
    const { code, out, err } = await run(argv)
    expect(code).toBe(0)
    expect(err).toBe('')
    for (const { path, about } of COMMANDS) {
      expect(out).toContain(path.join(' '))
      expect(out).toContain(about.zh)
    }
  })

  it('shows the commands to who gives none, as a mistake', async () => {
    expect(await run([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('parked list') })
    expect(await run(['parked'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('parked retry ID...'),
    })
  })

  it('has help for each group and each command, in both languages, without a database', async () => {
    for (const [group, about] of Object.entries(GROUPS)) {
      const { code, out } = await run([group, '--help'])
      expect(code).toBe(0)
      expect(out).toContain(about.zh)
      expect(out).not.toContain(COMMANDS.find(({ path }) => path[0] !== group)?.path.join(' '))
    }
    for (const command of COMMANDS) {
      for (const lang of ['zh', 'en'] as const) {
        const { code, out } = await run([...command.path, '--help', '--lang', lang])
        expect(code).toBe(0)
        expect(out).toContain(command.about[lang])
        for (const name of Object.keys(command.options ?? {})) expect(out).toContain(`--${name}`)
        expect(out).toContain('--json')
      }
    }
  })

  it('has a word on each group of commands', () => {
    for (const { path } of COMMANDS) if (path.length > 1) expect(GROUPS).toHaveProperty(path[0] ?? '')
  })

  it('gives an option one type in all commands, so that it is read alike before and after the command', () => {
    const types = new Map<string, string>()
    for (const [name, { type }] of COMMANDS.flatMap(({ options }) => Object.entries(options ?? {}))) {
      expect(types.get(name) ?? type).toBe(type)
      types.set(name, type)
    }
  })

  it.each<[string, string[], RegExp]>([
    ['an unknown command', ['praked'], /没有这个命令：praked/],
    ['an unknown command of a group', ['parked', 'lst'], /没有这个命令：parked lst/],
    ['an unknown option', ['parked', 'list', '--foo'], /选项有误.*--foo/],
    ['an option of another command', ['parked', 'show', 'abcd', '--limit', '3'], /选项有误.*--limit/],
    ['a missing operand', ['parked', 'show'], /缺少 ID/],
    ['too many operands', ['parked', 'show', 'abcd', 'efgh'], /多余的参数：efgh/],
    ['an operand where none belongs', ['parked', 'list', 'abcd'], /多余的参数：abcd/],
    ['a limit that is no number', ['parked', 'list', '--limit', '1e3'], /--limit 要是 1 到 10000/],
    ['a limit of nothing', ['parked', 'list', '--limit', '0'], /--limit 要是/],
    ['a language that it does not speak', ['parked', 'list', '--lang', 'fr'], /--lang 只能是/],
    ['a wrong setting, by name', ['parked', 'list'], /\n {2}DATABASE_URL 须为[^·]*$/],
    [
      'a wrong setting, in English',
      ['parked', 'list', '--lang', 'en'],
      /wrong\n {2}DATABASE_URL must be[^·\p{Script=Han}]*$/u,
    ],
  ])('refuses %s with exit code 2', async (what, argv, message) => {
    const env = what.startsWith('a wrong setting') ? { DATABASE_URL: 'mysql://top-secret' } : {}
    const { code, out, err } = await run(argv, env)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).not.toContain('top-secret')
  })

  it('takes common options before the command as well as after', async () => {
    const { out } = await run(['--lang', 'en', 'parked', 'list', '--help'])
    expect(out).toContain('Usage: npm run kefu -- parked list')
  })

  it('never makes a database where there is none, and says what to do', async () => {
    const { code, err } = await run(['parked', 'list'])
    expect(code).toBe(1)
    expect(err).toMatch(/没有数据库：\/nonexistent\/kefu\.sqlite.*DATA_DIR.*DATABASE_URL/)
  })

  it('says that a server is away at once instead of waiting for it', async () => {
    const { code, err } = await run(['parked', 'list', '--lang=en'], { DATABASE_URL: 'postgres://127.0.0.1:1/kefu' })
    expect(code).toBe(1)
    expect(err).toMatch(/can't be used now: PostgreSQL: nobody listens/)
  })

  it('puts a fault into JSON, on stderr, when JSON is wanted', async () => {
    const { code, out, err } = await run(['parked', 'list', '--json', '--lang', 'en'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'cli.no-database', message: expect.stringContaining('there is no database') },
    })
  })

  describe('with a file of settings', () => {
    const fileWith = (text: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'kefu-tests-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const path = join(folder, 'some.env')
      writeFileSync(path, text)
      return path
    }

    it('reads the one that lies there for what the environment lacks', async () => {
      const file = fileWith('DATA_DIR=/from-file\n')
      expect((await run(['parked', 'list'], {}, file)).err).toContain('/nonexistent/kefu.sqlite')
      const other = fileWith('DATABASE_URL=postgres://127.0.0.1:1/kefu\n')
      expect((await run(['parked', 'list'], {}, other)).err).toContain('数据库现在用不了')
      expect((await run(['parked', 'list'], {}, `${other}.not-there`)).err).toContain('/nonexistent/kefu.sqlite')
    })

    it('reads the one that is named, whatever the environment says', async () => {
      const file = fileWith('DATA_DIR=/from-file\n')
      for (const argv of [
        ['--env', file, 'parked', 'list'],
        ['parked', 'list', `--env=${file}`],
      ]) {
        expect((await run(argv, {}, fileWith('DATABASE_URL=postgres://127.0.0.1:1/x'))).err).toContain(
          '/from-file/kefu.sqlite',
        )
      }
    })

    it('names one that is not there', async () => {
      expect(await run(['parked', 'list', '--env', '/no/such.env'])).toMatchObject({
        code: 2,
        err: '--env 的文件不存在：/no/such.env\n',
      })
    })
  })

  it('shows no control characters of what was typed', async () => {
    const { err } = await run(['\u001b[2J\u202eparked'])
    expect(err).toContain('\ufffd[2J\ufffdparked')
  })
})
