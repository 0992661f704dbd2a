/** What operators ask of the service desk at the command line. */
import { describe, expect, it } from 'vitest'
import { createDeskStore } from '../../../../bridge/store/desk-store.ts'
import { account, customer, startCli } from './run-on-simulator.ts'

const conv = `${account}:${customer}`

async function start() {
  const cli = await startCli()
  await cli.know()
  await cli.database.run(`insert into sync_state (open_kfid) values (?1) on conflict (open_kfid) do nothing`, account)
  await cli.database.run(
    `insert into message (msgid, open_kfid, conv, seq, origin, type, raw, text, state, send_time, received_at)
     values ('m1', ?1, ?2, 1, 3, 'text', '{"text":"秘密"}', '秘密', 'parsed', 1, 1)`,
    account,
    conv,
  )
  const desk = createDeskStore(cli.database, { graceMs: 0 })
  const change = { conv, openKfId: account, state: 3, servicerUserId: 'zhangsan', cause: 'asked-for-person' }
  await desk.recordGiven({ ...change, summary: '摘要' }, undefined)
  await desk.rate({ id: 'r1', conv, openKfId: account, score: 3, label: '满意' })
  return cli
}

describe('the commands of the service desk', () => {
  it('list who had which conversation and why, and what customers think', async () => {
    const { run, json } = await start()
    const { code, stdout } = await run(['desk', 'list'], { LANG: 'zh_CN.UTF-8' })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/zhangsan/)])
    expect(await json('desk', 'list')).toMatchObject({ changes: [{ state: 3, cause: 'asked-for-person' }] })
    expect(await json('ratings', 'list')).toMatchObject({ ratings: [{ score: 3, servicerUserId: 'zhangsan' }] })
    expect((await run(['ratings', 'list'])).stdout).toContain('满意')
  })

  it('export a customer, and forget them only with a yes', async () => {
    const { run, json } = await start()
    expect((await run(['export', customer])).stdout).toContain('秘密')
    expect(await run(['forget', customer])).toMatchObject({ code: 2 })
    expect((await run(['export', customer])).stdout).toContain('秘密')
    expect(await json('forget', customer, '--yes')).toMatchObject({ code: 0, conversations: 1 })
    expect((await run(['export', customer])).stdout).not.toMatch(/秘密|摘要|满意/)
    expect(await json('forget', 'wmNobody', '--yes')).toMatchObject({ code: 1, conversations: 0 })
    expect(await json('export', 'wmNobody')).toMatchObject({ code: 1, conversations: [] })
  })

  it('check menu files line by line', async () => {
    const { run, file } = await start()
    const good = file('good.json', '{"menus":{"a":{"items":[{"text":"x","answer":"y"}]}}}')
    const bad = file('bad.json', '{"menus":{\n"a":{"items":[\n{"text":"x"}]}}}')
    expect(await run(['menus', 'check', good])).toMatchObject({ code: 0 })
    const checked = await run(['menus', 'check', good, bad])
    expect(checked.code).toBe(1)
    expect(checked.stdout).toContain('line 3:')
    expect(await run(['menus', 'check', '/nowhere.json'])).toMatchObject({ code: 2 })
  })
})
