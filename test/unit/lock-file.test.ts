import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  version?: string
  resolved?: string
  optionalDependencies?: Record<string, string>
}

const ROOT = resolve(import.meta.dirname, '../..')
const read = (name: string): unknown => JSON.parse(readFileSync(resolve(ROOT, name), 'utf8'))
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> }
const manifest = read('package.json') as Record<string, Record<string, string>>

describe('package-lock.json', () => {
  it('has an entry for every optional dependency that a package names, or npm ci fails', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter(
          (name) =>
            packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
        )
        .map((name) => `${path}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it.each(['wrangler', 'miniflare', 'workerd', 'vitest'])('holds one %s', (name) => {
    const copies = Object.keys(packages).filter(
      (path) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`),
    )
    expect(copies).toHaveLength(1)
  })

  it('names no host', () => {
    expect(Object.values(packages).filter((entry) => entry.resolved !== undefined)).toEqual([])
  })
})

describe('package.json', () => {
  it.each(['dependencies', 'devDependencies', 'optionalDependencies'])('pins every version of %s exactly', (kind) => {
    const loose = Object.entries(manifest[kind] ?? {}).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    )
    expect(loose).toEqual([])
  })
})
