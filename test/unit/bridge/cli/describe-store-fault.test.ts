import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'

async function refusal(language: 'zh' | 'en', ...words: string[]) {
  const folder = await mkdtemp(join(tmpdir(), '备份-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'torn.gz'), 'no backup')
  let said = ''
  const code = await runCli({
    argv: [...words.map((word) => word.replace('FOLDER', folder)), '--lang', language],
    env: { DATA_DIR: folder },
    stdout: () => undefined,
    stderr: (text) => {
      said += text
    },
  })
  expect(code).toBe(1)
  return said.replace(folder, 'FOLDER').trim()
}

describe("what store/ refuses is said in the reader's language", () => {
  it.each([
    ['restore', 'FOLDER/torn.gz', 'FOLDER/torn.gz 已损坏或不完整，什么都没有改动'],
    ['restore', 'FOLDER/gone.gz', '不能读写 FOLDER/gone.gz：没有这个文件，或上级文件夹不存在（ENOENT）'],
    ['restore', 'FOLDER', '不能读写 FOLDER：是文件夹，要写文件名（EISDIR）'],
    ['backup', 'FOLDER/new.gz', '这里没有数据库：FOLDER/kefu.sqlite。请在 bridge 的目录里运行，或设置'],
  ])('%s %s', async (command, path, sentence) => {
    expect(await refusal('zh', command, path)).toContain(sentence)
    expect(await refusal('en', command, path)).not.toMatch(/[\u4e00-\u9fff]/)
  })
})
