/**
 * The commands in the documents, as a reader would copy them: every `kefu` command is run to its help, and every option that is shown must be
 * one that it has; npm scripts, programs and files must be there. What changes a machine or a vendor's account is looked at, not run.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../bridge/cli/commands.ts'
import { runCli } from '../../bridge/cli/run-cli.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const DOCUMENTS = [
  ...['README.md', 'SECURITY.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** Lines of shell blocks, with what stands between backquotes in the text. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, block = '']) => block.split('\n'))
  const inline = [...text.matchAll(/`(npm run [^`\n]+|kefu [^`\n]+)`/g)].map(([, command = '']) => command)
  return [...blocks, ...inline].map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
}

const lines = DOCUMENTS.flatMap((path) => commandsIn(read(path)).map((line) => ({ path, line })))

/** The words after `kefu --`, without comments, pipes and what is only meant as a place. */
function kefuWords(line: string): string[] | undefined {
  const [, rest] = /^(?:npm run (?:-s )?kefu --|.*\bexec bridge kefu|kefu)\s+(.*)$/.exec(line) ?? []
  return rest?.replace(/\s+(?:#|\||>|&&).*$/, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? undefined
}

const kefuLines = lines.flatMap(({ path, line }) => {
  const words = kefuWords(line)
  return words === undefined ? [] : [{ path, line, words }]
})

async function run(...argv: string[]) {
  let out = ''
  const keep = (text: string) => {
    out += text
  }
  const code = await runCli({ argv, env: {}, stdout: keep, stderr: keep })
  return { code, out }
}

describe('the commands in the documents', () => {
  it('are found at all', () => {
    expect(lines.length).toBeGreaterThan(60)
    expect(kefuLines.length).toBeGreaterThan(20)
  })

  it.each([...new Map(kefuLines.map((found) => [found.words.join(' '), found])).values()])(
    'kefu $line has such a command with such options ($path)',
    async ({ words }) => {
      const command = COMMANDS.find(({ path }) => path.every((word, index) => words[index] === word))
      const isHelp = words.includes('--help')
      const isGroup = COMMANDS.some(({ path }) => path[0] === words[0]) || words[0]?.startsWith('--') === true
      if (command === undefined) {
        // A group of commands, as people speak of it, or the help.
        expect(isGroup && (isHelp || words.length === 1), words.join(' ')).toBe(true)
        return
      }
      const help = await run(...command.path, '--help', '--lang', 'en')
      expect(help.code).toBe(0)
      const options = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''))
      expect(options.filter((option) => !help.out.includes(option))).toEqual([])
      const operands = words.slice(command.path.length).filter((word, index, all) => {
        const before = all[index - 1]
        const takesValue = before?.startsWith('--') && command.options?.[before.slice(2)]?.type === 'string'
        return !word.startsWith('-') && !takesValue
      })
      if (command.operand === undefined) expect(operands.filter((word) => !/^[A-Z…]/.test(word))).toEqual([])
    },
  )

  it('name npm scripts that exist, with the dashes that options need', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const { path, line } of lines) {
      const [, name, rest = ''] = /^npm run (?:-s )?([a-z][a-z:]*)(.*)$/.exec(line) ?? []
      if (name === undefined) continue
      expect(scripts[name], `${path}: ${line}`).toBeDefined()
      if (/\s--[a-z]/.test(rest)) expect(rest, `${path}: ${line}`).toMatch(/^ -- /)
    }
  })

  it('copy files that are there', () => {
    const missing = lines.flatMap(({ path, line }) => {
      const [, source] = /^cp (\S+) /.exec(line) ?? []
      return source === undefined || source.startsWith('/') || existsSync(join(ROOT, source))
        ? []
        : [`${path}: ${line}`]
    })
    expect(missing).toEqual([])
  })

  it('use compose files and services that are there', () => {
    for (const { path, line } of lines.filter((one) => one.line.includes('docker compose'))) {
      const [, file = 'compose.yaml'] = /-f (\S+)/.exec(line) ?? []
      expect(existsSync(join(ROOT, file)), `${path}: ${line}`).toBe(true)
      const [, service] = /(?:exec|--scale) (\w+)/.exec(line) ?? []
      if (service !== undefined) expect(read(file), `${path}: ${line}`).toContain(`\n  ${service}:\n`)
    }
  })
})

describe('the container files', () => {
  it.each(['compose.yaml', 'docs/compose.single.yaml'])('%s sets only what the bridge knows', (path) => {
    const text = read(path)
    const bridge = text.slice(text.indexOf('  bridge:'), text.indexOf('\n\n', text.indexOf('  bridge:')))
    const names = [...bridge.matchAll(/^ {6}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name.replace(/_FILE$/, ''))
    expect(names.length).toBeGreaterThan(2)
    const config = read('bridge/config.ts')
    expect(names.filter((name) => !config.includes(`  ${name}:`))).toEqual([])
  })

  it('compose.yaml has a file for each secret that is used', () => {
    const text = read('compose.yaml')
    const used = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name = '']) => name)
    for (const name of used) expect(text).toContain(`  ${name}: { file: ./secrets/${name} }`)
  })

  it('the image gets what the bridge runs on, and nothing else', () => {
    const dockerfile = read('Dockerfile')
    const allowed = read('.dockerignore')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    expect(copied.filter((path) => !allowed.includes(`!${path}`))).toEqual([])
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(allowed).toMatch(/^\*$/m)
  })

  it('the image, the unit and npm start run the bridge in the same way', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const flags = scripts.start?.match(/--max-[\w-]+=\d+/g) ?? []
    expect(flags.length).toBeGreaterThan(0)
    for (const flag of flags) {
      expect(read('Dockerfile')).toContain(`"${flag}"`)
      expect(read('docs/kefu-edge.service')).toContain(flag)
    }
  })
})
