/** What the image, the compose files and the systemd unit say, held against the program. None of them is built or run here. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { builtinModules } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found)

/** Of an orderly end, see docs/operating.md. */
const DRAIN_SECONDS = 10
/** Of Node, and of the system's library. */
const OTHERS = new Set(['NODE_ENV', 'NODE_COMPILE_CACHE', 'MALLOC_ARENA_MAX'])
const settings = new Set(all(read('.env.example'), /^(?:# )?([A-Z][A-Z0-9_]+)=/gm))
const isSetting = (name: string) => OTHERS.has(name) || settings.has(name) || settings.has(name.replace(/_FILE$/, ''))
const flagsOf = (text: string) => text.match(/--max-[\w-]+=\d+/g)

describe('what the bridge imports', () => {
  it('is installed where only dependencies are', () => {
    const files = ['bridge', 'shared'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => join(folder, name)),
    )
    const named = files.flatMap((file) => [
      ...all(read(file), /^(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm),
      ...all(read(file), /\b(?:import|require\.resolve|import\.meta\.resolve)\('([^']+)'/g),
    ])
    const bare = new Set(
      named
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
        .map((name) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
    )
    expect(bare.size).toBeGreaterThan(20)
    expect([...bare].filter((name) => !(name in packageJson.dependencies))).toEqual([])
  })
})

describe('the Dockerfile', () => {
  const text = read('Dockerfile')

  it('copies what is there, and what the builder is given', () => {
    const copied = all(text, /^COPY (?!--from)(.+)$/gm).flatMap((line) => line.split(' ').slice(0, -1))
    const given = all(read('.dockerignore'), /^!(.+)$/gm)
    expect(copied.length).toBeGreaterThan(5)
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(copied.filter((path) => !given.includes(path))).toEqual([])
  })

  it('starts as npm start does, on the Node that is asked for, as nobody special', () => {
    const command = JSON.parse(all(text, /^CMD (.+)$/gm).at(-1) ?? '[]') as string[]
    expect(flagsOf(command.join(' '))).toEqual(flagsOf(packageJson.scripts.start))
    expect(existsSync(join(ROOT, command.at(-1) ?? ''))).toBe(true)
    expect(text).toContain(`FROM node:${packageJson.engines.node.match(/\d+/)?.[0]}-`)
    expect(all(text, /^USER (.+)$/gm)).toEqual(['kefu'])
    const names = all(text, /^ENV (.+)$/gm).flatMap((line) => all(line, /([A-Z_]+)=/g))
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })

  it('has a health check that says how the bridge is', async () => {
    let status = 200
    const paths: (string | undefined)[] = []
    const server = createServer((request, response) => {
      paths.push(request.url)
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close().closeAllConnections())
    const [, ...args] = JSON.parse(/HEALTHCHECK[^[]*CMD (\[.+\])/.exec(text)?.[1] ?? '[]') as string[]
    const env = { PORT: String((server.address() as AddressInfo).port) }
    const check = () => promisify(execFile)(process.execPath, args, { env })
    await check()
    status = 503
    await expect(check()).rejects.toMatchObject({ code: 1 })
    expect(paths).toEqual(['/healthz', '/healthz'])
    await expect(promisify(execFile)(process.execPath, args, { env: { PORT: '9' } })).rejects.toMatchObject({ code: 1 })
  })
})

describe.each(['compose.yaml', 'docs/compose.single.yaml'])('%s', (path) => {
  const text = read(path)
  const [bridge = ''] = /^ {2}bridge:\n(?: {3,}.*\n| *\n)+/m.exec(text) ?? []

  it('gives the bridge settings that there are, and time to end', () => {
    const [block = ''] = /^ {4}environment:\n(?: {6}.*\n)+/m.exec(bridge) ?? []
    const names = all(block, /^ {6}([A-Z_]+):/gm)
    expect(names.length).toBeGreaterThan(2)
    expect(names.filter((name) => !isSetting(name))).toEqual([])
    expect(Number(all(bridge, /stop_grace_period: (\d+)s/g)[0])).toBeGreaterThan(DRAIN_SECONDS)
  })

  it('lets the bridge be reached from this machine alone, and do nothing special', () => {
    expect(all(bridge, /ports: \["([\d.]+):/g)).toEqual(['127.0.0.1'])
    for (const line of ['read_only: true', 'cap_drop: [ALL]', 'no-new-privileges:true']) expect(bridge).toContain(line)
  })

  it('takes secrets that it declares, from files that the guide makes, and keeps its data in volumes that it declares', () => {
    const declared = all(text, /^ {2}(\w+): \{ file: /gm)
    const used = all(text, /\/run\/secrets\/(\w+)/g)
    expect([...new Set(used)].sort()).toEqual(declared.sort())
    expect(
      all(text, /^ {4}secrets: \[(.+)\]/gm)
        .flatMap((names) => names.split(', '))
        .every((name) => declared.includes(name)),
    ).toBe(true)
    const guide = read('docs/operating.md')
    expect(declared.filter((name) => !guide.includes(`> secrets/${name}`))).toEqual([])
    const volumes = all(text.slice(text.lastIndexOf('\nvolumes:')), /^ {2}(\w+):$/gm)
    expect(all(text, /^ {6}- (\w+):\//gm).filter((name) => !volumes.includes(name))).toEqual([])
    expect(all(text, /file: (\.\S*secrets)\//g).map((folder) => resolve(ROOT, path, '..', folder))).toEqual(
      declared.map(() => join(ROOT, 'secrets')),
    )
  })
})

describe('the systemd unit', () => {
  const text = read('docs/kefu-edge.service')

  it('gives settings that there are, and shows how a secret stands in a file', () => {
    const names = all(text, /^#?Environment=(.+)$/gm).flatMap((line) => all(line, /(?:^| )([A-Z_]+)=/g))
    expect(names.length).toBeGreaterThan(4)
    expect(names.filter((name) => !isSetting(name))).toEqual([])
    const credentials = all(text, /^#LoadCredential=(\w+):/gm)
    expect(credentials.length).toBeGreaterThan(0)
    expect(all(text, /^#Environment=[A-Z_]+_FILE=%d\/(\w+)$/gm)).toEqual(credentials)
  })

  it('may write where the guide makes room for data, and nowhere else of the checkout', () => {
    const [folder = ''] = all(text, /^WorkingDirectory=(.+)$/gm)
    expect(text).toContain('ProtectSystem=strict')
    expect(all(text, /^ReadWritePaths=(.+)$/gm)).toEqual([`${folder}/data`])
    for (const guide of ['docs/operating.md', 'docs/operating.zh-CN.md']) {
      expect(read(guide)).toContain('install -d -m 0700 -o kefu -g kefu data\n')
    }
  })

  it('starts as npm start does, in the folder of the guide, and gives it time to end', () => {
    const [start = ''] = all(text, /^ExecStart=(.+)$/gm)
    const [folder = ''] = all(text, /^WorkingDirectory=(.+)$/gm)
    expect(flagsOf(start)).toEqual(flagsOf(packageJson.scripts.start))
    expect(start.startsWith(`${folder}/node_modules/.bin/node `)).toBe(true)
    expect(start).toContain(' --env-file-if-exists=.env ')
    expect(read('docs/operating.md')).toContain(`cd ${folder} && npm ci --omit=dev`)
    expect(existsSync(join(ROOT, start.split(' ').at(-1) ?? ''))).toBe(true)
    expect(Number(all(text, /^TimeoutStopSec=(\d+)$/gm)[0])).toBeGreaterThan(DRAIN_SECONDS)
  })
})
