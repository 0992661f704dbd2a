import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type FileDeps, listFiles } from '../../../../../bridge/cli/knowledge/list-files.ts'

const deps: FileDeps = {
  read: async ({ bytes }) => ({
    ...{ outcome: 'read', kind: 'text', title: '', text: new TextDecoder().decode(bytes), notes: [] },
  }),
  describeUnread: ({ reason }) => reason,
  attachFrom: () => async () => [],
}

it('follows no symbolic link of a folder, and names each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-links-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'in/.hidden'), { recursive: true })
  await writeFile(join(folder, 'outside.txt'), '外面')
  await writeFile(join(folder, 'in/a.txt'), '里面')
  await symlink('../outside.txt', join(folder, 'in/b.txt'))
  await symlink('..', join(folder, 'in/round'))
  await symlink('nowhere', join(folder, 'in/broken'))
  await symlink('../../outside.txt', join(folder, 'in/.hidden/c.txt'))

  const { items, isComplete } = await listFiles(join(folder, 'in'), false, deps)
  const never = new AbortController().signal
  const read = await Promise.all(items.map(async (item) => [item.uri, await item.read(never)] as const))
  expect(
    read.toSorted().map(([uri, found]) => [uri, 'unread' in found ? found.unread : found.chunks[0]?.text]),
  ).toEqual([
    ['a.txt', '里面'],
    ['b.txt', expect.stringContaining('符号链接')],
    ['broken', expect.stringContaining('符号链接')],
    ['round', expect.stringContaining('符号链接')],
  ])
  expect(isComplete).toBe(true)
})
