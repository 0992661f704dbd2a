/**
 * The two files that the setup fills in: `.env` for the bridge, `.dev.vars` for the Worker. What is in them already stays unless the person
 * agrees; what is new is written at once, so that the setup can be stopped and run again at any point.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Asker } from './asker.ts'
import { editEnv } from './edit-env.ts'
import { writePrivate } from './write-private.ts'

export type FileName = '.env' | '.dev.vars'

const ROOT = resolve(import.meta.dirname, '../../..')

export interface SettingFiles {
  /** '' for what is not set. */
  get(file: FileName, name: string): string
  all(file: FileName): Readonly<Record<string, string | undefined>>
  /** Asks before it replaces a value. Returns whether everything is now as wanted. */
  save(file: FileName, changes: Readonly<Record<string, string>>): Promise<boolean>
}

/** `folder`: where the bridge is started. */
export async function openSettingFiles(folder: string, asker: Asker): Promise<SettingFiles> {
  const texts: Record<FileName, string> = {
    '.env': await read(folder, '.env'),
    '.dev.vars': await read(folder, '.dev.vars'),
  }
  const get: SettingFiles['get'] = (file, name) => parseEnv(texts[file])[name] ?? ''

  return {
    get,
    all: (file) => parseEnv(texts[file]),
    async save(file, changes) {
      const changed = Object.entries(changes).filter(([name, value]) => get(file, name) !== value)
      const replaced = changed.map(([name]) => name).filter((name) => get(file, name) !== '')
      const mayReplace = replaced.length === 0 || (await askToReplace(asker, file, replaced))
      const wanted = changed.filter(([name]) => mayReplace || !replaced.includes(name))
      if (wanted.length > 0) {
        // A new file begins as the example, whose comments explain each setting.
        const before = texts[file] === '' ? await readFile(join(ROOT, `${file}.example`), 'utf8') : texts[file]
        texts[file] = editEnv(before, Object.fromEntries(wanted))
        await writePrivate(join(folder, file), texts[file])
        const names = wanted.map(([name]) => name).join(', ')
        asker.tell('ok', { zh: `${file} 写入 ${names}`, en: `${file}: wrote ${names}` })
      }
      return mayReplace
    },
  }
}

function askToReplace(asker: Asker, file: FileName, names: readonly string[]): Promise<boolean> {
  const list = names.join(', ')
  return asker.confirm(
    'SETUP_OVERWRITE',
    { zh: `${file} 里已有另外的 ${list}，要替换吗？`, en: `${file} has another ${list}. Replace it?` },
    { initial: false },
  )
}

async function read(folder: string, file: FileName): Promise<string> {
  return readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}
