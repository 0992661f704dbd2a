import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findNearest } from '../../../../bridge/knowledge/index/find-nearest.ts'
import type { IndexDocument } from '../../../../bridge/knowledge/index/index-document.ts'
import { openIndexFile } from '../../../../bridge/knowledge/index/open-index-file.ts'
import { searchIndex } from '../../../../bridge/knowledge/index/search-index.ts'
import { startSearch } from '../../../../bridge/knowledge/index/start-search.ts'

async function newPath() {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-index-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'index.sqlite')
}

function open(path: string) {
  const index = openIndexFile(path)
  onTestFinished(() => {
    try {
      index.close()
    } catch {
      // The test has closed it.
    }
  })
  return index
}

function document(id: string, head: string, text: string, over: Partial<IndexDocument> = {}): IndexDocument {
  const chunks = [{ id: `${id}-0`, kind: 'text' as const, heads: [head], text }]
  return { id, version: 1, base: 'b', meta: '{}', chunks, ...over }
}

const ask = (index: ReturnType<typeof open>, text: string, over: object = {}) =>
  searchIndex(index, { texts: [text], limit: 5, ...over }).map((hit) => hit.document)

describe('the index', () => {
  it('finds what was put in, after it is opened again as well', async () => {
    const path = await newPath()
    const index = open(path)
    index.put([document('a', '营业时间', '周一至周五九点到六点。'), document('b', '运费', '满五十九元包邮。')])
    expect(ask(index, '几点营业')[0]).toBe('a')
    index.close()
    expect(ask(open(path), '包邮吗')[0]).toBe('b')
  })

  it('replaces a document by a newer version only', async () => {
    const index = open(await newPath())
    index.put([document('a', '营业时间', '九点开门。', { version: 2 })])
    index.put([document('a', '营业时间', '八点开门。', { version: 1 })])
    expect(searchIndex(index, { texts: ['营业时间'], limit: 1 })[0]?.text).toBe('九点开门。')
    index.put([document('a', '营业时间', '十点开门。', { version: 3 })])
    expect(searchIndex(index, { texts: ['营业时间'], limit: 1 })[0]?.text).toBe('十点开门。')
    expect(ask(index, '九点开门')).toHaveLength(1)
    expect(index.statistics().entries).toBe(1)
  })

  it('forgets what is removed, to the last count', async () => {
    const index = open(await newPath())
    index.put([document('a', '运费', '包邮。')])
    const before = [...index.statistics().frequency].toSorted()
    index.put([document('b', '运费', '不包邮，满减。')])
    index.remove(['b'])
    expect([...index.statistics().frequency].toSorted()).toEqual(before)
    expect(ask(index, '满减')).toEqual([])
    index.remove(['a'])
    expect(index.statistics()).toMatchObject({ entries: 0, length: 0, questions: 0 })
  })

  it('finds in the bases that are asked only', async () => {
    const index = open(await newPath())
    index.put([document('a', '运费', '包邮。', { base: 'x' }), document('b', '运费', '不包邮。', { base: 'y' })])
    expect(ask(index, '运费', { bases: ['y'] })).toEqual(['b'])
    expect(ask(index, '运费', { bases: [] })).toEqual([])
    expect(ask(index, '运费')).toHaveLength(2)
  })

  it('sees what another process puts in', async () => {
    const path = await newPath()
    const [one, other] = [open(path), open(path)]
    one.put([document('a', '运费', '包邮。')])
    expect(ask(other, '包邮')).toEqual(['a'])
    other.put([document('b', '发票', '电子发票。')])
    expect(ask(one, '发票')).toEqual(['b'])
    expect(one.statistics().entries).toBe(2)
    one.put([document('c', '地址', '杭州。')])
    expect(other.statistics().entries).toBe(3)
  })

  it('is made anew when its file is damaged', async () => {
    const path = await newPath()
    await writeFile(path, 'this is no database at all, and never was one')
    const index = open(path)
    index.put([document('a', '运费', '包邮。')])
    expect(ask(index, '包邮')).toEqual(['a'])
  })

  it('is made anew when another version of the program has made it', async () => {
    const path = await newPath()
    const index = open(path)
    index.put([document('a', '运费', '包邮。')])
    index.close()
    const file = new DatabaseSync(path)
    file.exec('pragma user_version = 7')
    file.close()
    expect(open(path).versions().size).toBe(0)
  })

  it.each(['', '   ', '？！', '"', `' OR 1=1 --`, 'NEAR(', '*', '😀', '\u0000', '字'.repeat(100_000)])(
    'takes any question: %#',
    async (question) => {
      const index = open(await newPath())
      index.put([document('a', '运费', '包邮。')])
      expect(() => searchIndex(index, { texts: [question], limit: 5 })).not.toThrow()
    },
  )

  it('finds an entry by each of the ways to ask for it, once', async () => {
    const index = open(await newPath())
    const chunk = { id: 'a-0', kind: 'question' as const, heads: ['怎么联系', '有没有热线电话'], text: '拨打 400。' }
    index.put([{ ...document('a', '', ''), chunks: [chunk] }, document('b', '其他', '无关。')])
    expect(ask(index, '热线')).toEqual(['a'])
    expect(searchIndex(index, { texts: ['热线'], limit: 5 })[0]?.title).toBe('怎么联系')
  })

  it('knows the other names that documents give to a thing', async () => {
    const index = open(await newPath())
    index.put([
      document('a', '服务介绍', '云端储物间（简称小管家）遍布全城。'),
      document('b', '费用', '云端储物间每天两元。'),
    ])
    expect(ask(index, '小管家').toSorted()).toEqual(['a', 'b'])
    expect(ask(index, '小管家', { without: ['aliases'] })).not.toContain('b')
  })

  it('finds by vector what shares no word with the question', async () => {
    const index = open(await newPath())
    const vector = (...numbers: number[]) => ({ model: 'm', numbers: Float32Array.from(numbers) })
    const near = {
      ...document('a', 'Refund', 'Money back.'),
      chunks: [{ id: 'a-0', kind: 'text' as const, heads: ['Refund'], text: 'Money back.', vector: vector(1, 0.1) }],
    }
    const far = {
      ...document('b', 'Hours', 'Nine.'),
      chunks: [{ id: 'b-0', kind: 'text' as const, heads: ['Hours'], text: 'Nine.', vector: vector(-1, 1) }],
    }
    index.put([near, far])
    expect(ask(index, '退钱')).toEqual([])
    const nearest = (model: string, ...numbers: number[]) =>
      findNearest(index, { model, vectors: [Float32Array.from(numbers)], bases: undefined, limit: 5 })
    expect(ask(index, '退钱', { near: nearest('m', 2, 0) })).toEqual(['a', 'b'])
    expect(ask(index, '退钱', { near: nearest('m', 2, 0, 0) })).toEqual([])
    expect(ask(index, '退钱', { near: nearest('other', 2, 0) })).toEqual([])
    expect(ask(index, '退钱', { near: nearest('m', 2, 0), without: ['vectors'] })).toEqual([])
  })

  it('is surer of an answer the more of the question it covers', async () => {
    const index = open(await newPath())
    const chunk = (id: string, head: string, text: string) => ({
      ...document(id, '', ''),
      chunks: [{ id: `${id}-0`, kind: 'question' as const, heads: [head], text }],
    })
    index.put([
      chunk('a', '怎么申请退货？', '七天内。'),
      chunk('b', '几点上班？', '九点。'),
      chunk('c', '怎么开发票？', '电子。'),
    ])
    const sure = (text: string) => searchIndex(index, { texts: [text], limit: 1 })[0]?.confidence ?? 0
    expect(sure('怎么申请退货')).toBeGreaterThan(0.5)
    expect(sure('东西不想要了')).toBeGreaterThan(sure('怎么申请加拿大的签证和驾照'))
    expect(sure('怎么申请加拿大的签证和驾照')).toBeLessThan(0.5)
  })

  it('gives out all questions while they are few and alone', async () => {
    const index = open(await newPath())
    const chunk = { id: 'a-0', kind: 'question' as const, heads: ['怎么退货'], text: '七天内。' }
    index.put([{ ...document('a', '', ''), base: 'x', chunks: [chunk] }])
    expect(index.allQuestions(undefined, 1)).toMatchObject([{ title: '怎么退货', text: '七天内。' }])
    expect(index.allQuestions(undefined, 0)).toBeUndefined()
    index.put([document('b', '手册', '很长。', { base: 'y' })])
    expect(index.allQuestions(undefined, 10)).toBeUndefined()
    expect(index.allQuestions(['x'], 10)).toHaveLength(1)
  })
})

describe('the thread that searches', () => {
  it('answers many at once, and each its own', async () => {
    const search = startSearch({ path: await newPath() })
    onTestFinished(() => search.close())
    await search.put(Array.from({ length: 20 }, (_, no) => document(`d${no}`, `第${no}号`, `编号${no}x 的说明。`)))
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, no) => search.search({ texts: [`编号${no}x`], limit: 1 })),
    )
    expect(found.map(([hit]) => hit?.document)).toEqual(Array.from({ length: 20 }, (_, no) => `d${no}`))
  })

  it('gives up when it is called off, and at its deadline', async () => {
    const path = await newPath()
    const search = startSearch({ path })
    onTestFinished(() => search.close())
    await expect(search.search({ texts: ['a'], limit: 1 }, AbortSignal.abort(new Error('off')))).rejects.toThrow('off')
    const hasty = startSearch({ path, deadlineMs: 0 })
    onTestFinished(() => hasty.close())
    await expect(hasty.search({ texts: ['a'], limit: 1 })).rejects.toMatchObject({
      code: 'knowledge.unavailable',
      retryable: true,
    })
  })

  it('says that it is not there when its file can not be, and tries again', async () => {
    const path = await newPath()
    await writeFile(join(path, '..', 'taken'), '')
    const search = startSearch({ path: join(path, '..', 'taken', 'index.sqlite') })
    onTestFinished(() => search.close())
    for (const _ of [1, 2]) {
      await expect(search.search({ texts: ['a'], limit: 1 })).rejects.toMatchObject({ code: 'knowledge.unavailable' })
    }
  })
})
