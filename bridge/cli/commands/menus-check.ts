import { readFile } from 'node:fs/promises'
import { isAppError } from '../../../shared/app-error.ts'
import { parseMenuFile } from '../../service/menus/parse-menu-file.ts'
import type { Command } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'

export const menusCheck: Command = {
  path: ['menus', 'check'],
  about: { zh: '检查菜单文件，指出错在哪一行', en: 'check menu files, naming the lines that are wrong' },
  operand: { name: 'FILE', about: { zh: '文件', en: 'the files' }, isMany: true },
  async run({ operands, say }) {
    const found = await Promise.all(
      operands.map(async (file) => {
        const text = await readFile(file, 'utf8').catch(() => {
          throw usageError(say({ zh: `读不了 ${file}`, en: `${file} can not be read` }))
        })
        try {
          const { menus, words } = parseMenuFile(text)
          return { file, menus: [...menus.keys()], words: [...words.keys()], faults: '' }
        } catch (error) {
          if (!isAppError(error, 'menus.invalid')) throw error
          return { file, menus: [], words: [], faults: printable(error.message) }
        }
      }),
    )
    const lines = found.map(({ file, menus, faults }) => {
      const fine = say({ zh: `没有问题，${menus.length} 个菜单`, en: `fine, ${menus.length} menus` })
      return faults === '' ? `${file}: ${fine}` : `${file}:\n${faults.replace(/^/gm, '  ')}`
    })
    return { json: { files: found }, text: lines.join('\n'), isFailure: found.some(({ faults }) => faults !== '') }
  },
}
