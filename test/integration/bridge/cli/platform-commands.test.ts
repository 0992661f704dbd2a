import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { account, customer, secret, startCli } from './run-on-simulator.ts'

const png = '\x89PNG\r\n\x1a\n and more'
const to = ['--to', customer]

describe('accounts', () => {
  it('are listed, added, changed and removed', async () => {
    const { json, run, file } = await startCli()
    const avatar = file('a.png', png)
    const { code, openKfId } = await json('accounts', 'add', '售后', '--avatar', avatar)
    expect([code, openKfId]).toEqual([0, expect.stringMatching(/^wk/)])
    expect((await json('accounts', 'update', String(openKfId), '--name', '售后二部')).code).toBe(0)
    expect((await run(['accounts', 'list'])).stdout).toMatch(/售前.*售后二部/s)
    expect(await run(['accounts', 'remove', String(openKfId)])).toMatchObject({ code: 2, stderr: /--yes/ })
    expect((await run(['accounts', 'remove', String(openKfId), '--yes'])).code).toBe(0)
    expect((await json('accounts', 'list')).accounts).toMatchObject([{ openKfId: account, name: '售前' }])
  })

  it('are refused with field, size and limit, before any call', async () => {
    const { run, json, file, simulator } = await startCli()
    const avatar = file('a.png', png)
    expect(await run(['accounts', 'add', '售'.repeat(17), '--avatar', avatar])).toMatchObject({
      code: 2,
      stderr: 'name 有 17 个字符，最多 16 个字符\n',
    })
    expect(await json('accounts', 'add', '售'.repeat(17), '--avatar', avatar, '--lang', 'en')).toMatchObject({
      code: 2,
      error: {
        code: 'cli.limit',
        message: 'name has 17 characters, allowed are at most 16',
        errcode: 95006,
        field: 'name',
      },
    })
    expect(simulator.calls()['kf/account/add']).toBeUndefined()
  })

  it('need a picture that is there and is one', async () => {
    const { run, file } = await startCli()
    expect(await run(['accounts', 'add', 'a'])).toMatchObject({ code: 2, stderr: '缺少 --avatar\n' })
    expect(await run(['accounts', 'add', 'a', '--avatar', '/none.png'])).toMatchObject({
      code: 2,
      stderr: /没有这个文件/,
    })
    expect(await run(['accounts', 'add', 'a', '--avatar', file('a.gif', 'GIF89a')])).toMatchObject({
      code: 2,
      stderr: /图片只能是 JPG 或 PNG/,
    })
  })
})

describe('the account that is meant', () => {
  const accounts = [
    { name: '售前', openKfId: account },
    { name: '售后', openKfId: 'wkAccountTwo02' },
    { name: '售后', openKfId: 'wkAccountSix06' },
    { name: '别的', openKfId: 'wkAccountNot03', authorised: false },
  ]

  it('is the only one, the one of that name, or the one of that id', async () => {
    const { json } = await startCli({ accounts: accounts.slice(0, 2) })
    expect(await json('link', '--account', '售后', '--no-qr')).toMatchObject({ code: 0, openKfId: 'wkAccountTwo02' })
    expect(await json('link', '--account', account, '--no-qr')).toMatchObject({ code: 0, openKfId: account })
    const alone = await startCli()
    expect(await alone.json('link', '--no-qr')).toMatchObject({ code: 0, openKfId: account })
  })

  it.each([
    [[], /用 --account 指明/],
    [['--account', '售后'], /用 --account 指明/],
    [['--account', '没有'], /没有这个客服账号：没有/],
    [['--account', '别的'], /没有这个客服账号：别的/],
  ])('is asked for when it is not clear: %j', async (options, stderr) => {
    const { run } = await startCli({ accounts })
    const result = await run(['link', ...options])
    expect(result).toMatchObject({ code: 2, stderr })
    expect(result.stderr).toContain('wkAccountTwo02  售后')
  })

  it('has to be there', async () => {
    const { run } = await startCli({ accounts: [] })
    expect(await run(['link'])).toMatchObject({ code: 1, stderr: /没有可用的客服账号/ })
  })
})

describe('servicers', () => {
  it('are added, listed and removed, each with its verdict and the exit code of the worst', async () => {
    const { run, json } = await startCli({ members: [{ userId: 'lisi', departments: [7] }] })
    expect(await run(['servicers', 'add', 'lisi', '--department', '7'])).toMatchObject({
      code: 0,
      stdout: /lisi +已添加/,
    })
    const mixed = await run(['servicers', 'add', 'lisi', 'nobody'])
    expect(mixed).toMatchObject({ code: 1, stdout: /nobody +60111 成员 userid 不存在/ })
    expect((await run(['servicers', 'list'])).stdout).toMatch(/zhangsan +接待中.*lisi +接待中.*部门 7/s)
    expect((await run(['servicers', 'remove', 'lisi', '--department', '7'])).code).toBe(0)
    expect((await json('servicers', 'list')).servicers).toMatchObject([{ userId: 'zhangsan' }])
  })

  it('are added a hundred at a time', async () => {
    const members = Array.from({ length: 230 }, (_, no) => ({ userId: `u${no}` }))
    const { json, simulator } = await startCli({ members })
    const { code, results } = await json('servicers', 'add', ...members.map(({ userId }) => userId))
    expect([code, (results as unknown[]).length]).toEqual([0, 230])
    expect(simulator.calls()['kf/servicer/add']).toBe(3)
  })

  it('need somebody', async () => {
    const { run } = await startCli()
    expect(await run(['servicers', 'add'])).toMatchObject({ code: 2 })
    expect(await run(['servicers', 'add', '--department', 'x'])).toMatchObject({ code: 2, stderr: /部门 ID/ })
  })
})

describe('link', () => {
  it('is one that a customer can enter by, with a QR code that says the same', async () => {
    const { run, json, simulator } = await startCli()
    const { url } = await json('link', '--scene', 'shop_1', '--param', 'a=1&b=二')
    expect(simulator.customerOpensLink({ externalUserId: customer, url: String(url) })).toBeDefined()
    const { stdout } = await run(['link', '--scene', 'shop_1'])
    const [text = '', , ...drawn] = stdout.trimEnd().split('\n')
    const { data, size } = encode(text, { ecc: 'M', border: 2 })
    // Two rows of the code are one row of half blocks.
    const cells = drawn.flatMap((line) => [
      Array.from(line.padEnd(size), (sign) => ' ▄'.includes(sign)),
      Array.from(line.padEnd(size), (sign) => ' ▀'.includes(sign)),
    ])
    expect(cells.slice(0, size)).toEqual(data)
  })

  it('has no code when it is not wanted', async () => {
    const { run } = await startCli()
    expect((await run(['link', '--no-qr'])).stdout).toMatch(/^https:\S+\n$/)
  })

  it('refuses a parameter without a scene', async () => {
    const { run } = await startCli()
    expect(await run(['link', '--param', 'a'])).toMatchObject({ code: 2, stderr: /必须有 scene/ })
  })
})

describe('send', () => {
  const lines: [string, string[], object][] = [
    ['a text', ['text', '您好'], { msgtype: 'text' }],
    ['a picture', ['image', '@a.png'], { msgtype: 'image' }],
    ['a file', ['file', '@a.png'], { msgtype: 'file' }],
    [
      'a link',
      ['link', 'https://example.com', '--title', '标题', '--thumb', '@a.png', '--desc', '说明'],
      { msgtype: 'link' },
    ],
    ['a mini programme', ['miniprogram', 'wx0', '--page', 'a.html', '--thumb', '@a.png'], { msgtype: 'miniprogram' }],
    ['a menu', ['menu', '退货', '官网=https://example.com', '=或直接输入', '--head', '请选择'], { msgtype: 'msgmenu' }],
    ['a place', ['location', '--latitude=-23.1', '--longitude', '113.3', '--name', '塔'], { msgtype: 'location' }],
    ['a link that wins customers', ['acquisition-link', 'https://work.weixin.qq.com/ca/c1'], { msgtype: 'ca_link' }],
  ]

  it.each(lines)('sends %s', async (_name, line, delivered) => {
    const { json, simulator, file, dataDir } = await startCli()
    file('a.png', png)
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    const result = await json('send', ...line.map((word) => word.replace(/^@/, `${dataDir}/`)), ...to)
    expect(result).toMatchObject({ code: 0, openKfId: account, externalUserId: customer })
    expect(simulator.delivered()).toMatchObject([{ msgid: result.msgid, ...delivered }])
  })

  it('makes of the items of a menu what they say', async () => {
    const { run, simulator } = await startCli()
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    await run(['send', 'menu', '退货', '官网=https://example.com/?a=b', '=说明', ...to])
    expect(simulator.delivered()[0]).toMatchObject({
      body: {
        list: [
          { type: 'click', click: { id: 'item_1', content: '退货' } },
          { type: 'view', view: { url: 'https://example.com/?a=b', content: '官网' } },
          { type: 'text', text: { content: '说明' } },
        ],
      },
    })
  })

  it('takes its place in the quota that replies have, and calls nobody when there is none', async () => {
    const { run, simulator, know, sentSince } = await startCli()
    await know(4)
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    expect((await run(['send', 'text', '一', ...to])).code).toBe(0)
    expect(await sentSince()).toBe(5)
    expect(await run(['send', 'text', '二', ...to])).toMatchObject({
      code: 1,
      stderr: /95001.*怎么办：等客户再次发言/s,
    })
    expect(await sentSince()).toBe(5)
    expect(simulator.calls()['kf/send_msg']).toBe(1)
  })

  it('gives its place back when the platform refuses for sure', async () => {
    const { run, know, sentSince } = await startCli()
    await know()
    expect(await run(['send', 'text', '一', ...to])).toMatchObject({
      code: 1,
      stderr: /平台拒绝了 kf\/send_msg：95013/,
    })
    expect(await sentSince()).toBe(0)
  })

  it('keeps its place while it may have been sent, and then sends nothing twice', async () => {
    const { json, simulator, know, sentSince } = await startCli()
    await know()
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'cut-after' }, times: 1 })
    const lost = await json('send', 'text', '一', ...to)
    const { msgid } = lost.error as { msgid: string }
    expect(lost).toMatchObject({ code: 1, error: { code: 'cli.in-doubt', message: expect.stringContaining(msgid) } })
    expect(await sentSince()).toBe(1)
    expect(await json('send', 'text', '一', ...to, '--msgid', msgid)).toMatchObject({ code: 0, msgid })
    expect(simulator.delivered()).toHaveLength(1)
    expect(await sentSince()).toBe(1)
  })

  it('is remembered in the conversation as what a person said, once', async () => {
    const { json, simulator, know, database, file, dataDir } = await startCli()
    await know()
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    file('a.png', png)
    simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'cut-after' }, times: 1 })
    const { error } = await json('send', 'text', '已经发货了', ...to)
    const remembered = () => database.all('select msgid, origin, type, text, seq from message order by seq')
    expect(await remembered()).toEqual([])
    const { msgid } = error as { msgid: string }
    for (let index = 0; index < 2; index += 1) await json('send', 'text', '已经发货了', ...to, '--msgid', msgid)
    const picture = await json('send', 'image', `${dataDir}/a.png`, ...to)
    expect(await remembered()).toEqual([
      { msgid, origin: 5, type: 'text', text: '已经发货了', seq: 1 },
      { msgid: picture.msgid, origin: 5, type: 'image', text: expect.stringMatching(/图片/), seq: 2 },
    ])
  })

  it('names what is too long', async () => {
    const { run } = await startCli()
    expect(await run(['send', 'text', '汉'.repeat(683), ...to])).toMatchObject({
      code: 2,
      stderr: 'text.content 有 2049 字节，最多 2048 字节\n',
    })
    expect(await run(['send', 'text', '在'])).toMatchObject({ code: 2, stderr: '缺少 --to\n' })
  })

  it('recalls where the mode has it', async () => {
    const { json, run, simulator } = await startCli({ switches: { mode: 'native' } })
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    const { msgid } = await json('send', 'text', '一', ...to)
    expect((await run(['send', 'recall', String(msgid)])).code).toBe(0)
    expect(await run(['send', 'recall', 'none'])).toMatchObject({ code: 1, stderr: /95028/ })
  })
})

describe('files', () => {
  it('are uploaded as what they are, once, and downloaded as they were', async () => {
    const { json, run, file, simulator, dataDir } = await startCli()
    const path = file('报价.pdf', '%PDF-1.7 and more')
    const { mediaId } = await json('upload', path)
    expect(await json('upload', path)).toMatchObject({ mediaId, type: 'file' })
    expect(simulator.calls()['media/upload']).toBe(1)
    expect(await json('upload', file('a.png', png))).toMatchObject({ type: 'image' })
    const output = join(dataDir, 'out.pdf')
    expect((await run(['download', String(mediaId), '--output', output])).code).toBe(0)
    expect(readFileSync(output, 'latin1')).toBe('%PDF-1.7 and more')
    // Nothing that is there is lost.
    expect(await run(['download', String(mediaId), '--output', output])).toMatchObject({ code: 2, stderr: /已存在/ })
    expect(readFileSync(output, 'latin1')).toBe('%PDF-1.7 and more')
  })

  it('leave nothing behind when they can not be had', async () => {
    const { run, dataDir } = await startCli()
    const output = join(dataDir, 'out')
    expect(await run(['download', 'none', '--output', output])).toMatchObject({ code: 1, stderr: /40007/ })
    expect(() => readFileSync(output)).toThrow(/ENOENT/)
  })
})

describe('customers', () => {
  it('are shown, and those who can not be are named', async () => {
    const { run, simulator } = await startCli()
    simulator.customerEnters({ externalUserId: customer, scene: 's1', sceneParam: 'p1' })
    expect(await run(['customers', 'show', customer])).toMatchObject({ code: 0, stdout: /小雨 +女 +s1 +p1/ })
    expect(await run(['customers', 'show', customer, 'wmNone'])).toMatchObject({ code: 1, stdout: /查不到.*wmNone/s })
  })

  it('can not move the cursor or hide lines by their names', async () => {
    const name = '\u001b[2J\u202e小雨'
    const { run, simulator } = await startCli({ customers: [{ name, externalUserId: customer }] })
    simulator.customerWrites({ externalUserId: customer, text: '在吗' })
    const { stdout } = await run(['customers', 'show', customer])
    expect(stdout).toContain('小雨')
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('\u202e')
  })
})

describe('stats', () => {
  const dayMs = 24 * 3_600_000
  const day = (before: number) => new Date(Date.now() + 8 * 3_600_000 - before * dayMs).toISOString().slice(0, 10)

  async function withYesterday() {
    let time = Date.now() - 2 * dayMs
    const accounts = [
      { name: '售前', openKfId: account, servicers: ['zhangsan'] },
      { name: '售后', openKfId: 'wkAccountTwo02' },
    ]
    const cli = await startCli({ accounts, clock: () => time })
    cli.simulator.customerWrites({ externalUserId: customer, text: '一' })
    cli.simulator.customerWrites({ externalUserId: customer, text: '二' })
    cli.simulator.customerWrites({ externalUserId: customer, openKfId: 'wkAccountTwo02', text: '三' })
    time = Date.now()
    return cli
  }

  it('are a table and a chart, of one account or of all', async () => {
    const { run, json } = await withYesterday()
    const { stdout } = await run(['stats', '--account', '售前'])
    expect(stdout).toMatch(/日期 +会话 +客户 +消息/)
    expect(stdout).toMatch(new RegExp(`${day(2)} +1 +1 +2 `))
    expect(stdout).toMatch(new RegExp(`${day(2).slice(5)} +█{40} +2`))
    const all = await json('stats', '--from', day(2), '--to', day(1))
    expect(all).toMatchObject({ code: 0, from: day(2), to: day(1), account: null })
    expect((all.days as object[])[0]).toMatchObject({ day: day(2), sessions: 2, customerMessages: 3 })
    expect(await run(['stats', '--account', '售前', '--servicer', 'zhangsan'])).toMatchObject({ code: 0 })
  })

  it('of more than 31 days are asked for in pieces', async () => {
    const { json, simulator } = await withYesterday()
    const { code, days } = await json('stats', '--account', account, '--from', day(100))
    expect([code, (days as unknown[]).length]).toEqual([0, 100])
    expect(simulator.calls()['kf/get_corp_statistic']).toBe(4)
  })

  it.each([
    ['today', ['--to', day(0)], /最晚是昨天/],
    ['181 days ago', ['--from', day(181)], /最早是 180 天前/],
    ['an end before the beginning', ['--from', day(1), '--to', day(3)], /不能晚于/],
    ['no date', ['--from', '2026-02-30'], /要是日期/],
  ])('refuse %s', async (_name, options, stderr) => {
    const { run } = await withYesterday()
    expect(await run(['stats', '--account', account, ...options])).toMatchObject({ code: 2, stderr })
  })
})

describe('kf-knowledge', () => {
  it('keeps groups and questions', async () => {
    const { json, run, file } = await startCli()
    const { groupId } = await json('kf-knowledge', 'groups', 'add', '售后')
    expect((await run(['kf-knowledge', 'groups', 'rename', String(groupId), '售后服务'])).code).toBe(0)
    expect((await run(['kf-knowledge', 'groups', 'list'])).stdout).toMatch(/默认.*售后服务/s)
    const add = ['kf-knowledge', 'intents', 'add', '怎么退货', '--group', String(groupId)]
    const { intentId } = await json(
      ...add,
      ...['--answer', '七天内可退', '--similar', '退货|如何退款', '--image', file('a.png', png)],
      ...['--link', '说明=https://example.com'],
    )
    const list = async () => (await json('kf-knowledge', 'intents', 'list', '--group', String(groupId))).intents
    expect(await list()).toMatchObject([
      {
        intentId,
        question: '怎么退货',
        similarQuestions: ['退货', '如何退款'],
        answers: [{ text: '七天内可退', attachments: [{ type: 'image' }, { type: 'link' }] }],
      },
    ])
    expect(await run([...add, '--answer', '否'])).toMatchObject({ code: 1, stderr: /511020 知识库中已有相同的问题/ })
    const update = ['kf-knowledge', 'intents', 'update', String(intentId)]
    expect(await run(update)).toMatchObject({ code: 2 })
    expect(await run([...update, '--link', 'a=https://a.cn'])).toMatchObject({ code: 2, stderr: /--answer/ })
    expect((await run([...update, '--answer', '十天'])).code).toBe(0)
    expect(await list()).toMatchObject([{ question: '怎么退货', answers: [{ text: '十天', attachments: [] }] }])
    expect((await run(['kf-knowledge', 'intents', 'list'])).stdout).toMatch(/怎么退货 +2 +十天/)
    expect((await run(['kf-knowledge', 'intents', 'remove', String(intentId)])).code).toBe(0)
    expect((await run(['kf-knowledge', 'groups', 'remove', String(groupId)])).code).toBe(0)
    expect(await list()).toBeUndefined()
  })
})

describe('the knowledge of the platform’s bot', () => {
  it('is a source: its questions are found, followed, and gone when they are gone there', async () => {
    const { run, json } = await startCli()
    const { groupId } = await json('kf-knowledge', 'groups', 'add', '售后')
    const add = ['kf-knowledge', 'intents', 'add', '怎么退货', '--group', String(groupId)]
    const { intentId } = await json(...add, '--answer', '七天内可退', '--similar', '不想要了能退吗')
    expect(await run(['knowledge', 'add', 'platform'])).toMatchObject({ code: 0, stdout: /新增 1/ })
    const found = async () => (await run(['knowledge', 'search', '不想要了能退吗'])).stdout
    expect(await found()).toContain('七天内可退')

    expect((await run(['kf-knowledge', 'intents', 'update', String(intentId), '--answer', '十天内可退'])).code).toBe(0)
    expect(await run(['knowledge', 'sync'])).toMatchObject({ code: 0, stdout: /更新 1/ })
    expect(await found()).toContain('十天内可退')
    expect((await run(['kf-knowledge', 'intents', 'remove', String(intentId)])).code).toBe(0)
    expect(await run(['knowledge', 'sync'])).toMatchObject({ code: 0, stdout: /移除 1/ })
    expect(await found()).not.toContain('十天内可退')
  })
})

describe('what the access mode lacks', () => {
  it('is told with what to do, shown, not tried again, and tried again when it is cleared', async () => {
    const { run, json, simulator } = await startCli({ switches: { mode: 'native' } })
    expect(await run(['servicers', 'list'])).toMatchObject({ code: 1, stderr: /48002.*可调用接口的应用/s })
    const again = await run(['servicers', 'list'])
    expect(again).toMatchObject({ code: 1, stderr: /60 分钟内不再尝试.*access clear/s })
    expect(simulator.calls()['kf/servicer/list']).toBe(1)
    expect((await run(['access', 'list'])).stdout).toMatch(/kf\/servicer\/list +48002/)
    expect((await json('access', 'list')).entries).toMatchObject([{ endpoint: 'kf/servicer/list', errcode: 48002 }])
    simulator.setSwitches({ mode: 'wecom' })
    expect((await run(['access', 'clear'])).code).toBe(0)
    expect((await run(['servicers', 'list'])).code).toBe(0)
  })
})

describe('raw', () => {
  it('calls anything and shows what came back', async () => {
    const { json, run } = await startCli()
    expect(await json('raw', 'GET', '/cgi-bin/kf/servicer/list', '--query', `open_kfid=${account}`)).toMatchObject({
      code: 0,
      servicer_list: [{ userid: 'zhangsan', status: 0 }],
    })
    expect(await json('raw', 'post', 'kf/account/list', '--data', '{"limit":1}')).toMatchObject({
      account_list: [{ open_kfid: account }],
    })
    expect(await run(['raw', 'POST', 'kf/account/list', '--data', '{"limit":0}'])).toMatchObject({
      code: 1,
      stderr: /40058/,
    })
  })

  it.each([
    [['raw', 'PUT', 'kf/account/list'], /GET 或 POST/],
    [['raw', 'GET', 'gettoken'], /不能这样调用/],
    [['raw', 'GET', '//evil.example/x'], /不能这样调用/],
    [['raw', 'GET', 'kf/../gettoken'], /不能这样调用/],
    [['raw', 'POST', 'kf/send_msg', '--data', '{}'], /不能这样调用/],
    [['raw', 'POST', 'kf/account/list', '--data', '[1]'], /JSON 对象/],
    [['raw', 'POST', 'kf/account/list', '--data', '@/none'], /JSON 对象/],
    [['raw', 'GET'], /缺少 METHOD PATH/],
  ])('refuses %j', async (line, stderr) => {
    const { run, simulator } = await startCli()
    expect(await run(line)).toMatchObject({ code: 2, stderr })
    expect(simulator.calls()).toEqual({})
  })
})

describe('every command', () => {
  it('uses the token that is there, and leaves its own to the next', async () => {
    const { run, simulator } = await startCli()
    await run(['accounts', 'list'])
    await run(['accounts', 'list'])
    await Promise.all([run(['accounts', 'list']), run(['servicers', 'list'])])
    expect(simulator.calls().gettoken).toBe(1)
  })

  it('asks for one token when many begin at once without any', async () => {
    const { run, simulator } = await startCli()
    const all = await Promise.all(Array.from({ length: 5 }, () => run(['accounts', 'list'])))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(simulator.calls().gettoken).toBe(1)
  })

  it('tries again what the platform was too busy for', async () => {
    const { run, simulator } = await startCli()
    simulator.addFault({ endpoint: 'kf/servicer/list', action: { kind: 'errcode', errcode: -1 }, times: 2 })
    expect((await run(['servicers', 'list'])).code).toBe(0)
    simulator.addFault({ endpoint: 'kf/servicer/list', action: { kind: 'errcode', errcode: -1 }, times: 3 })
    expect(await run(['servicers', 'list'])).toMatchObject({ code: 1, stderr: /-1 系统繁忙.*怎么办：稍后再试/s })
  })

  it('tells a wrong secret once and shows it never', async () => {
    const { run, simulator, json } = await startCli()
    const wrong = { WECHAT_SECRET: `${secret}-wrong` }
    const first = await run(['accounts', 'list'], wrong)
    expect(first).toMatchObject({ code: 1, stderr: /拿不到 access_token：40001.*分钟内不再尝试/s })
    await run(['accounts', 'list'], wrong)
    expect(simulator.calls().gettoken).toBe(1)
    expect(JSON.stringify([first, await json('accounts', 'list')])).not.toContain(secret)
  })

  it('says that it is unknown what became of a call that was cut', async () => {
    const { run, simulator } = await startCli()
    simulator.addFault({ endpoint: 'kf/servicer/add', action: { kind: 'cut-after' }, times: 1 })
    const { code, stderr } = await run(['servicers', 'add', 'zhangsan'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('不确定是否已执行')])
    expect(stderr).not.toContain('http')
  })

  it('names what is missing of the settings', async () => {
    const { run } = await startCli()
    expect(await run(['accounts', 'list'], { WECHAT_SECRET: undefined })).toMatchObject({
      code: 2,
      stderr: /WECHAT_SECRET/,
    })
    expect(await run(['accounts', 'list'], { DATA_DIR: '/none' })).toMatchObject({ code: 1, stderr: /没有数据库/ })
  })

  it('speaks English when asked', async () => {
    const { run } = await startCli()
    expect((await run(['accounts', 'list', '--lang', 'en'])).stdout).toContain('SERVED BY THIS APP')
  })
})
