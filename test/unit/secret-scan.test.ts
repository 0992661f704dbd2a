/** No secret is in the tree: every tracked text file is searched for what keys and passwords look like. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

interface Shape {
  what: string
  pattern: RegExp
}

const SHAPES: readonly Shape[] = [
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/ },
  { what: "a model's key", pattern: /\bsk-(?:[a-z]+-)*[A-Za-z0-9]{24,}\b/ },
  { what: 'a token of GitHub', pattern: /\bgh[pousr]_[A-Za-z0-9]{30,}\b/ },
  { what: 'a key of AWS', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
  { what: "a group robot's address", pattern: /webhook\/send\?key=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/ },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\./ },
  {
    what: 'a secret with its value',
    pattern:
      /^(?:export )?(?:[A-Z0-9_]*(?:_API_KEY|_PASSWORD|_SECRET|CLOUDFLARE_API_TOKEN|BRIDGE_TOKEN|WECHAT_TOKEN|WECHAT_AESKEY))[ \t]*=[ \t]*["']?[A-Za-z0-9+/_-]{16,}/m,
  },
]

const BINARY = new Set([
  '.png',
  '.jpg',
  '.gif',
  '.pdf',
  '.gz',
  '.wasm',
  '.amr',
  '.silk',
  '.mp4',
  '.woff2',
  '.xls',
  '.doc',
])
const MAX_BYTES = 2_000_000

/** What git tracks; without git, what lies here and is not built or installed. */
function trackedFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .split('\0')
      .filter((path) => path !== '' && existsSync(join(ROOT, path)))
  } catch {
    const skipped = /^(?:node_modules|\.wrangler|data|\.git)(?:\/|$)|^\.env$|^\.dev\.vars$/
    return readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !skipped.test(path) && statSync(join(ROOT, path)).isFile(),
    )
  }
}

const find = (text: string): string[] => SHAPES.filter(({ pattern }) => pattern.test(text)).map(({ what }) => what)

describe('the tree', () => {
  const files = trackedFiles()

  it('is searched at all', () => {
    expect(files.length).toBeGreaterThan(300)
    expect(files).toContain('bridge/config.ts')
  })

  it('holds no secret', () => {
    const found = files
      .filter((path) => !BINARY.has(extname(path)) && path !== 'test/unit/secret-scan.test.ts')
      .filter((path) => statSync(join(ROOT, path)).size < MAX_BYTES)
      .flatMap((path) => find(readFileSync(join(ROOT, path), 'utf8')).map((what) => `${path}: ${what}`))
    expect(found).toEqual([])
  })

  it('does not track files of settings, secrets or data', () => {
    expect(files.filter((path) => /^(?:\.env|\.dev\.vars|secrets\/.*|data\/.*)$|\.sqlite|\.backup/.test(path))).toEqual(
      [],
    )
  })
})

describe('the search', () => {
  // In pieces, so that nobody else's search finds them here.
  it.each([
    ['a private key', ['-----BEGIN ', 'PRIVATE KEY-----'].join('')],
    ["a model's key", `sk-${'a1b2c3d4'.repeat(4)}`],
    ['a token of GitHub', `ghp_${'a1'.repeat(18)}`],
    ['a key of AWS', `AKIA${'A1B2'.repeat(4)}`],
    ["a group robot's address", 'https://x/cgi-bin/webhook/send?key=01234567-89ab-cdef-0123-456789abcdef'],
    ['a JSON web token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.x`],
    ['a secret with its value', `A=1\nWECHAT_SECRET=${'x1'.repeat(12)}`],
  ])('finds %s', (what, text) => {
    expect(find(text)).toEqual([what])
  })

  it.each(['WECHAT_SECRET=', '# DEEPSEEK_API_KEY=', 'sk-value', "apiKey: 'key'"])(
    'does not take %s for one',
    (text) => {
      expect(find(text)).toEqual([])
    },
  )
})
