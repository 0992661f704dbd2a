import { describe, expect, it } from 'vitest'
import { startSimulator, type TestSimulator } from './start-simulator.ts'

interface Listed {
  next_cursor: string
  has_more: number
  group_list: { group_id: string; name: string; is_default: number }[]
  intent_list: Record<string, unknown>[]
}
const list = async (simulator: TestSimulator, what: 'group' | 'intent', body: object = {}) =>
  (await simulator.call(`kf/knowledge/list_${what}`, body)) as unknown as Listed
const addGroup = async (simulator: TestSimulator, name = '售后') =>
  String((await simulator.call('kf/knowledge/add_group', { name })).group_id)
const text = (content: string) => ({ text: { content } })
const intent = (group_id: string, fields: object = {}) => ({
  group_id,
  question: text('几点开门'),
  similar_questions: { items: [text('什么时候营业')] },
  answers: [{ ...text('早上九点') }],
  ...fields,
})

/** Hundreds of calls one after the other, on a machine that may be busy. */
const MANY_CALLS_MS = 30_000

describe('knowledge groups', () => {
  it('are added, renamed, listed and deleted beside the default one', async () => {
    const simulator = await startSimulator()
    const id = await addGroup(simulator)
    await simulator.call('kf/knowledge/mod_group', { group_id: id, name: '售前' })
    expect((await list(simulator, 'group')).group_list).toEqual([
      { group_id: expect.any(String), name: '默认分组', is_default: 1 },
      { group_id: id, name: '售前', is_default: 0 },
    ])
    expect((await list(simulator, 'group', { group_id: id })).group_list).toHaveLength(1)
    await simulator.call('kf/knowledge/add_intent', intent(id))
    await simulator.call('kf/knowledge/del_group', { group_id: id })
    expect((await list(simulator, 'group')).group_list).toHaveLength(1)
    expect((await list(simulator, 'intent')).intent_list).toEqual([])
  })

  it('come in pages', async () => {
    const simulator = await startSimulator()
    for (const name of ['一', '二', '三', '四']) await addGroup(simulator, name)
    const first = await list(simulator, 'group', { limit: 2 })
    const second = await list(simulator, 'group', { limit: 2, cursor: first.next_cursor })
    const third = await list(simulator, 'group', { limit: 2, cursor: second.next_cursor })
    expect([first, second, third].map(({ has_more }) => has_more)).toEqual([1, 1, 0])
    expect([first, second, third].flatMap(({ group_list }) => group_list.map(({ name }) => name))).toEqual([
      '默认分组',
      '一',
      '二',
      '三',
      '四',
    ])
  })

  it.each<[string, string, object, number]>([
    ['add_group', 'a name of 13 characters', { name: '客'.repeat(13) }, 40058],
    ['add_group', 'no name', {}, 40058],
    ['add_group', 'a name that is taken', { name: '默认分组' }, 40058],
    ['mod_group', 'an unknown group', { group_id: 'kgNothing', name: '新' }, 40058],
    ['del_group', 'an unknown group', { group_id: 'kgNothing' }, 40058],
    ['list_group', 'a cursor of its own making', { cursor: 'abc' }, 50100],
    ['list_group', 'a limit of 1001', { limit: 1001 }, 40058],
    ['list_intent', 'a limit of 0', { limit: 0 }, 40058],
  ])('%s refuses %s', async (name, _what, body, errcode) => {
    const simulator = await startSimulator()
    expect(await simulator.call(`kf/knowledge/${name}`, body)).toMatchObject({ errcode })
  })

  it('leave the default one alone', async () => {
    const simulator = await startSimulator()
    const group_id = (await list(simulator, 'group')).group_list[0]?.group_id
    expect(await simulator.call('kf/knowledge/del_group', { group_id })).toMatchObject({ errcode: 40058 })
    expect(await simulator.call('kf/knowledge/mod_group', { group_id, name: '新' })).toMatchObject({ errcode: 40058 })
  })

  it('are at most a hundred', { timeout: MANY_CALLS_MS }, async () => {
    const simulator = await startSimulator()
    for (let i = 1; i < 100; i += 1) await addGroup(simulator, `组${i}`)
    expect(await simulator.call('kf/knowledge/add_group', { name: '多余' })).toMatchObject({ errcode: 40058 })
  })
})

describe('knowledge intents', () => {
  it('come back as they were put in, pictures and videos by name', async () => {
    const simulator = await startSimulator()
    const group_id = await addGroup(simulator)
    const image = await simulator.upload('image', '门店.png')
    const attachments = [
      { msgtype: 'image', image: { media_id: image } },
      { msgtype: 'video', video: { media_id: await simulator.upload('video', '介绍.mp4') } },
      { msgtype: 'link', link: { title: '地图', url: 'https://example.com' } },
      { msgtype: 'miniprogram', miniprogram: { appid: 'wx1', pagepath: 'a.html', thumb_media_id: image } },
    ]
    const answers = [{ ...text('早上九点'), attachments }]
    const { intent_id } = await simulator.call('kf/knowledge/add_intent', intent(group_id, { answers }))
    expect((await list(simulator, 'intent', { group_id })).intent_list).toEqual([
      {
        group_id,
        intent_id,
        question: text('几点开门'),
        similar_questions: { items: [text('什么时候营业')] },
        answers: [
          {
            ...text('早上九点'),
            attachments: [
              { msgtype: 'image', image: { name: '门店.png' } },
              { msgtype: 'video', video: { name: '介绍.mp4' } },
              ...attachments.slice(2),
            ],
          },
        ],
      },
    ])
  })

  it('may come with their parts inside of the question', async () => {
    const simulator = await startSimulator({ switches: { intentPartsNested: true } })
    await simulator.call('kf/knowledge/add_intent', intent(await addGroup(simulator)))
    const [entry] = (await list(simulator, 'intent')).intent_list
    expect(entry).toMatchObject({ question: { ...text('几点开门'), answers: [text('早上九点')] } })
    expect(entry).not.toHaveProperty('answers')
  })

  it('are changed part by part, each part as a whole', async () => {
    const simulator = await startSimulator()
    const group_id = await addGroup(simulator)
    const { intent_id } = await simulator.call('kf/knowledge/add_intent', intent(group_id))
    const change = { intent_id, similar_questions: { items: [text('营业时间')] } }
    expect(await simulator.call('kf/knowledge/mod_intent', change)).toMatchObject({ errcode: 0 })
    expect((await list(simulator, 'intent', { intent_id })).intent_list).toMatchObject([
      { question: text('几点开门'), similar_questions: { items: [text('营业时间')] }, answers: [text('早上九点')] },
    ])
    expect(await simulator.call('kf/knowledge/del_intent', { intent_id })).toMatchObject({ errcode: 0 })
    expect(await simulator.call('kf/knowledge/del_intent', { intent_id })).toMatchObject({ errcode: 40058 })
  })

  it.each<[string, object, number]>([
    ['an unknown group', { group_id: 'kgNothing' }, 40058],
    ['no question', { question: undefined }, 40058],
    ['a question of 201 characters', { question: text('客'.repeat(201)) }, 40058],
    [
      '101 similar questions',
      { similar_questions: { items: Array.from({ length: 101 }, (_, i) => text(`问${i}`)) } },
      40058,
    ],
    ['a similar question of 201 characters', { similar_questions: { items: [text('客'.repeat(201))] } }, 40058],
    ['no answer', { answers: [] }, 40058],
    ['two answers', { answers: [text('一'), text('二')] }, 40058],
    ['an answer of 501 characters', { answers: [text('客'.repeat(501))] }, 40058],
    ['five attachments', { answers: [{ ...text('一'), attachments: Array(5).fill({ msgtype: 'link' }) }] }, 40058],
    ['an attachment of another kind', { answers: [{ ...text('一'), attachments: [{ msgtype: 'file' }] }] }, 40008],
    [
      'a picture that was never uploaded',
      { answers: [{ ...text('一'), attachments: [{ msgtype: 'image', image: { media_id: 'no' } }] }] },
      40007,
    ],
    [
      'a link without http',
      { answers: [{ ...text('一'), attachments: [{ msgtype: 'link', link: { title: '图', url: 'x.cn' } }] }] },
      40094,
    ],
    ['an answer that is no object', { answers: ['一'] }, 40058],
    ['the same question twice', { similar_questions: { items: [text('几点开门')] } }, 511020],
  ])('refuse %s', async (_name, fields, errcode) => {
    const simulator = await startSimulator()
    const body = intent(await addGroup(simulator), fields)
    expect(await simulator.call('kf/knowledge/add_intent', body)).toMatchObject({ errcode })
  })

  it('refuse a picture that was uploaded as a file', async () => {
    const simulator = await startSimulator()
    const attachments = [{ msgtype: 'image', image: { media_id: await simulator.upload('file') } }]
    const body = intent(await addGroup(simulator), { answers: [{ ...text('一'), attachments }] })
    expect(await simulator.call('kf/knowledge/add_intent', body)).toMatchObject({ errcode: 40007 })
  })

  it.each([
    ['question', { question: text('什么时候营业') }],
    ['similar question', { question: text('新'), similar_questions: { items: [text('几点开门')] } }],
  ])('refuse a %s that another has, in any group', async (_name, fields) => {
    const simulator = await startSimulator()
    await simulator.call('kf/knowledge/add_intent', intent(await addGroup(simulator)))
    const body = intent(await addGroup(simulator, '另一组'), { similar_questions: undefined, ...fields })
    expect(await simulator.call('kf/knowledge/add_intent', body)).toMatchObject({ errcode: 511020 })
  })

  it('are at most 200 in a group', { timeout: MANY_CALLS_MS }, async () => {
    const simulator = await startSimulator()
    const group_id = await addGroup(simulator)
    const add = (index: number) =>
      simulator.call('kf/knowledge/add_intent', { group_id, question: text(`问${index}`), answers: [text('答')] })
    for (let i = 0; i < 200; i += 1) await add(i)
    expect(await add(200)).toMatchObject({ errcode: 40058 })
  })
})
