/** What is refused here, before the platform would refuse it or cut it without a word. One byte less is sent. */
import { describe, expect, it } from 'vitest'
import { amrDurationMs } from '../../../../bridge/wecom/amr-duration-ms.ts'
import { sendMessage } from '../../../../bridge/wecom/endpoints/send-message.ts'
import { sendOnEvent } from '../../../../bridge/wecom/endpoints/send-on-event.ts'
import { checkMedia, guessMediaType } from '../../../../bridge/wecom/media-rules.ts'
import type { Menu, MenuItem, OutgoingContent } from '../../../../bridge/wecom/outgoing-content.ts'

const bytes = (count: number) => `${'汉'.repeat(Math.floor(count / 3))}${'a'.repeat(count % 3)}`
const thumb = { mediaId: 'm' }
const url = (count: number) => `https://${'a'.repeat(count - 8)}`
const click = (change: object = {}): MenuItem => ({ type: 'click', text: '好', id: 'ok', ...change })
const menu = (items: readonly MenuItem[], rest: object = {}): Menu => ({ type: 'menu', items, ...rest })
const many = (count: number, item: MenuItem): MenuItem[] => Array(count).fill(item)

function build(content: OutgoingContent, msgid = 'm1', mediaId = 'm') {
  return sendMessage.toBody?.({ openKfId: 'wk1', externalUserId: 'wm1', msgid, content, mediaId })
}

/** At the limit, beyond it, the field, the limit, the errcode. */
const limits: [string, OutgoingContent, OutgoingContent, string, number, number][] = [
  ['text', { type: 'text', text: bytes(2048) }, { type: 'text', text: bytes(2049) }, 'text.content', 2048, 45002],
  ...(
    [
      ['link.title', 'title', 128],
      ['link.desc', 'description', 512],
    ] as const
  ).map(([field, key, limit]): [string, OutgoingContent, OutgoingContent, string, number, number] => {
    const link = { type: 'link', title: 't', url: 'https://a', thumb } as const
    return [field, { ...link, [key]: bytes(limit) }, { ...link, [key]: bytes(limit + 1) }, field, limit, 45002]
  }),
  [
    'link.url',
    { type: 'link', title: 't', url: url(2048), thumb },
    { type: 'link', title: 't', url: url(2049), thumb },
    'link.url',
    2048,
    40039,
  ],
  [
    'miniprogram.title',
    { type: 'miniprogram', appId: 'wx', pagePath: 'a.html', title: bytes(64), thumb },
    { type: 'miniprogram', appId: 'wx', pagePath: 'a.html', title: bytes(65), thumb },
    'miniprogram.title',
    64,
    45002,
  ],
  [
    'menu head',
    menu([click()], { head: bytes(1024) }),
    menu([click()], { head: bytes(1025) }),
    'msgmenu.head_content',
    1024,
    45002,
  ],
  [
    'menu tail',
    menu([click()], { tail: bytes(1024) }),
    menu([click()], { tail: bytes(1025) }),
    'msgmenu.tail_content',
    1024,
    45002,
  ],
  [
    'click text',
    menu([click({ text: bytes(128) })]),
    menu([click({ text: bytes(129) })]),
    'msgmenu.list.0.click.content',
    128,
    45002,
  ],
  [
    'click id',
    menu([click({ id: bytes(128) })]),
    menu([click({ id: bytes(129) })]),
    'msgmenu.list.0.click.id',
    128,
    45002,
  ],
  [
    'view url',
    menu([{ type: 'view', text: 'a', url: url(2048) }]),
    menu([{ type: 'view', text: 'a', url: url(2049) }]),
    'msgmenu.list.0.view.url',
    2048,
    40039,
  ],
  [
    'view text',
    menu([{ type: 'view', text: bytes(1024), url: url(20) }]),
    menu([{ type: 'view', text: bytes(1025), url: url(20) }]),
    'msgmenu.list.0.view.content',
    1024,
    45002,
  ],
  [
    'mini programme of a menu',
    menu([click(), { type: 'miniprogram', text: 'a', appId: 'a'.repeat(32), pagePath: 'p' }]),
    menu([click(), { type: 'miniprogram', text: 'a', appId: 'a'.repeat(33), pagePath: 'p' }]),
    'msgmenu.list.1.miniprogram.appid',
    32,
    90207,
  ],
  [
    'text of a menu',
    menu([{ type: 'text', text: bytes(256) }]),
    menu([{ type: 'text', text: bytes(257) }]),
    'msgmenu.list.0.text.content',
    256,
    45002,
  ],
  [
    'menu items',
    menu(many(50, { type: 'text', text: 'a' })),
    menu(many(51, { type: 'text', text: 'a' })),
    'msgmenu.list',
    50,
    95008,
  ],
  ['items to tap', menu(many(10, click())), menu(many(11, click())), 'msgmenu.list (tappable)', 10, 95008],
]

describe('a message', () => {
  it.each(limits)('has a limit for %s', (_name, allowed, refused, field, limit, errcode) => {
    expect(build(allowed)).toBeDefined()
    expect(() => build(refused)).toThrow(
      expect.objectContaining({
        code: 'wecom.refused',
        retryable: false,
        message: expect.stringContaining(`${field} has ${limit + 1} `),
        details: expect.objectContaining({ field, limit, found: limit + 1, errcode }),
      }),
    )
  })

  it.each<[string, OutgoingContent, string, number]>([
    ['a text of blanks', { type: 'text', text: ' \n ' }, 'text.content', 44004],
    ['a link without scheme', { type: 'link', title: 't', url: 'www.example.com', thumb }, 'link.url', 40094],
    ['a link without title', { type: 'link', title: '', url: 'https://a', thumb }, 'link.title', 40058],
    [
      'a page that is no .html',
      { type: 'miniprogram', appId: 'wx', pagePath: 'pages/a?x=.html', thumb },
      'miniprogram.pagepath',
      40058,
    ],
    ['a latitude of 91', { type: 'location', latitude: 91, longitude: 0 }, 'location.latitude', 40058],
    ['no longitude', { type: 'location', latitude: 0, longitude: Number.NaN }, 'location.longitude', 40058],
    ['a menu of nothing', menu([]), 'msgmenu.list', 95008],
    ['a tap without words', menu([click({ text: '' })]), 'msgmenu.list.0.click.content', 40058],
    ['a card of nobody', { type: 'business-card', userId: '' }, 'business_card.userid', 40058],
    [
      'a link to win customers without scheme',
      { type: 'acquisition-link', url: 'work.weixin.qq.com/ca/a' },
      'ca_link.link_url',
      40094,
    ],
  ])('is refused for %s', (_name, content, field, errcode) => {
    expect(() => build(content)).toThrow(
      expect.objectContaining({ retryable: false, details: expect.objectContaining({ field, errcode }) }),
    )
  })

  it('is refused without the id of what it shows', () => {
    expect(() => build({ type: 'image', media: { mediaId: '' } }, 'm1', '')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ errcode: 41006 }) }),
    )
  })

  it('takes a path with a query, and a link in capitals', () => {
    expect(build({ type: 'miniprogram', appId: 'wx', pagePath: '/pages/a.html?b=1', thumb })).toBeDefined()
    expect(build({ type: 'link', title: 't', url: 'HTTPS://A.CN', thumb })).toBeDefined()
  })

  it.each(['m:1', 'm'.repeat(33), '消息'])('has no msgid %s', (msgid) => {
    expect(() => build({ type: 'text', text: 'a' }, msgid)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field: 'msgid' }) }),
    )
  })
})

describe('a message on an event', () => {
  const build = (content: { type: 'text'; text: string } | Menu, code = 'c') =>
    sendOnEvent.toBody?.({ code, msgid: '', content })

  it('has at most ten items, and is as limited as another', () => {
    expect(build(menu(many(10, { type: 'text', text: 'a' })))).toBeDefined()
    expect(() => build(menu(many(11, { type: 'text', text: 'a' })))).toThrow(/msgmenu.list has 11 items/)
    expect(() => build({ type: 'text', text: bytes(2049) })).toThrow(/text.content has 2049 bytes/)
    expect(() => build({ type: 'text', text: 'a' }, '')).toThrow(/code/)
  })

  it('names neither customer nor account, and leaves an empty msgid out', () => {
    expect(JSON.parse(JSON.stringify(build({ type: 'text', text: 'a' })))).toEqual({
      code: 'c',
      msgtype: 'text',
      text: { content: 'a' },
    })
  })
})

describe('a voice message', () => {
  // A frame of 20 ms at 4.75 kbit/s, and one of silence.
  const frame = Buffer.from([0x04, ...Array(12).fill(0)])
  const silence = Buffer.from([0x44, ...Array(5).fill(0)])
  const amr = (...frames: Buffer[]) => {
    return { name: 'a.amr', bytes: new Uint8Array(Buffer.concat([Buffer.from('#!AMR\n'), ...frames])) }
  }

  it('plays for 60 seconds at most', () => {
    const minute = [...Array(2_000).fill(frame), ...Array(1_000).fill(silence)]
    expect(amrDurationMs(amr(...minute).bytes)).toBe(60_000)
    expect(() => checkMedia('media/upload', 'voice', amr(...minute, frame.subarray(0, 9)))).not.toThrow()
    const longer = amr(...minute, frame)
    expect(() => checkMedia('media/upload', 'voice', longer)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ errcode: 45007, found: 60.02, limit: 60, unit: 'seconds' }),
      }),
    )
    expect(guessMediaType(longer.bytes)).toBe('file')
  })
})

describe('guessMediaType', () => {
  it.each([
    ['\xff\xd8\xff\xe0', 'image'],
    ['\x89PNG\r\n', 'image'],
    ['#!AMR\n\x04', 'voice'],
    ['\0\0\0\x18ftypmp42', 'video'],
    ['GIF89a', 'file'],
    ['#!AMR-WB\n', 'file'],
    ['', 'file'],
  ])('takes %j for %s', (start, type) => {
    expect(guessMediaType(Buffer.from(start, 'latin1'))).toBe(type)
  })

  it('takes a picture that is too large for one for a file', () => {
    expect(guessMediaType(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(10 * 1024 * 1024)]))).toBe('file')
  })
})
