import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const LOGGER = fileURLToPath(new URL('../../../bridge/logger.ts', import.meta.url))
const ERRORS = fileURLToPath(new URL('../../../shared/app-error.ts', import.meta.url))
const WORDS = '客户说的话/order/13800138000'

/** What a process logs that has these lines of code, in a process of its own: the logger writes to its output. */
async function logOf(code: string, pretty: boolean): Promise<string> {
  const script = `import { createLogger } from ${JSON.stringify(LOGGER)}
    import { AppError } from ${JSON.stringify(ERRORS)}
    const log = createLogger({ level: 'debug', pretty: ${pretty} })
    const words = ${JSON.stringify(WORDS)}
    ${code}`
  const args = ['--input-type=module-typescript', '-e', script]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  return stdout + stderr
}

describe.each([
  ['as JSON', false],
  ['for people', true],
])('the log %s', (_form, pretty) => {
  it.each([
    ['an error whose message has slashes', 'new Error(words)'],
    ['an error whose message has lines', String.raw`new Error('first\n' + words + '\n    at ' + words + ':1:2')`],
    ['text that is no JSON', '(() => { try { JSON.parse(words) } catch (error) { return error } })()'],
    ['a database that quotes a row', 'Object.assign(new Error("duplicate key"), { detail: words, where: words })'],
    ['a failure behind one of ours', "new AppError('x.y', 'failed', { retryable: false, cause: new Error(words) })"],
    ['words that were thrown', 'words'],
    ['a thing that was thrown', '{ message: words }'],
    ['an address that fetch could not parse', '(() => { try { new URL(words) } catch (error) { return error } })()'],
  ])('holds nothing of %s', async (_what, thrown) => {
    const log = await logOf(`log.error('a.b', { error: ${thrown}, msgid: 'm1' })`, pretty)
    expect(log).toContain('a.b')
    expect(log).toContain('m1')
    expect(log).not.toMatch(/客户|13800138000|order/)
  })

  it('says where it happened, and what ours say', async () => {
    const log = await logOf(
      `log.error('a.b', { error: Object.assign(new TypeError(words), { code: 'E_X' }) })
       log.warn('c.d', { error: new AppError('x.y', 'said by us', { retryable: true, details: { status: 5 } }) })
       log.warn('e.f', { error: 'unexpected' })`,
      pretty,
    )
    for (const part of ['TypeError', 'E_X', 'at ', 'x.y', 'said by us', 'status', 'unexpected'])
      expect(log).toContain(part)
  })
})
