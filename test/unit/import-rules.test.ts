import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

interface Import {
  from: string
  /** A path from the root for a file of ours, a bare name otherwise. */
  to: string
  isType: boolean
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)
  return [...found].map(([, type, specifier = '']) => ({
    from: file,
    to: specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier,
    isType: type !== undefined,
  }))
}

const imports = ['edge', 'bridge', 'shared'].flatMap(sourcesIn).flatMap(importsOf)
const describeImport = ({ from, to }: Import) => `${from} → ${to}`
const breaking = (rule: (found: Import) => boolean) => imports.filter(rule).map(describeImport)

const top = (path: string) => path.split('/')[0] ?? ''
const isOurs = (path: string) => ['edge', 'bridge', 'shared', 'test'].includes(top(path))
/** The folder under bridge/, or '' for main.ts and its like. */
const bridgeFolder = (path: string) =>
  path.startsWith('bridge/') && path.split('/').length > 2 ? path.split('/')[1] : ''

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  it('let shared see nothing but itself and web standards', () => {
    expect(breaking(({ from, to }) => top(from) === 'shared' && top(to) !== 'shared')).toEqual([])
  })

  it('keep edge and bridge apart, and tests out of both', () => {
    expect(
      breaking(({ from, to }) => isOurs(to) && top(from) !== 'shared' && top(to) !== top(from) && top(to) !== 'shared'),
    ).toEqual([])
  })

  it('let the folders of the bridge know each other by type alone', () => {
    const knowsAll = new Set(['', 'cli'])
    expect(
      breaking(({ from, to, isType }) => {
        const [own, other] = [bridgeFolder(from), bridgeFolder(to)]
        if (top(from) !== 'bridge' || knowsAll.has(own ?? '') || !to.startsWith('bridge/')) return false
        return other !== own && !isType
      }),
    ).toEqual([])
  })

  it('keep the broker, the databases and the platform where they belong', () => {
    const homes: Readonly<Record<string, readonly string[]>> = {
      amqplib: ['bridge/bus'],
      pg: ['bridge/store'],
      // The search index is a file of its own that can be made anew at any time.
      'node:sqlite': ['bridge/store', 'bridge/knowledge/index'],
    }
    expect(
      breaking(
        ({ from, to }) =>
          homes[to]?.some((home) => from.startsWith(`${home}/`)) === false && !from.startsWith('bridge/cli/'),
      ),
    ).toEqual([])
  })

  it('read the environment in one place', () => {
    const readers = ['bridge', 'shared', 'edge'].flatMap(sourcesIn).filter((file) => {
      return /process\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')) && !file.startsWith('bridge/cli/')
    })
    expect(readers).toEqual(['bridge/main.ts'])
  })
})
