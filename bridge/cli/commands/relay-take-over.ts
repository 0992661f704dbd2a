import { setTimeout as sleep } from 'node:timers/promises'
import { createTakeOverStore, TAKE_OVER_LIFETIME_MS } from '../../store/take-over-store.ts'
import type { Command } from '../command.ts'
import { parseCount } from '../parse-count.ts'

const DEFAULT_WAIT_S = 10
const LOOK_EVERY_MS = 200

export const relayTakeOver: Command = {
  path: ['relay', 'take-over'],
  about: {
    zh: '让边缘的信箱改由本数据库的 bridge 接收',
    en: 'have the mailbox at the edge served by the bridge of this database',
  },
  options: {
    wait: {
      type: 'string',
      value: 'SECONDS',
      about: {
        zh: `等运行中的 bridge 办好，默认最多 ${DEFAULT_WAIT_S} 秒`,
        en: `wait for a running bridge to do it, ${DEFAULT_WAIT_S} s at most by default`,
      },
    },
  },
  async run({ options, say, database }) {
    const waitS = parseCount('wait', options.wait, { fallback: DEFAULT_WAIT_S, min: 0, max: 600, say })
    const takeOver = createTakeOverStore(await database())
    await takeOver.request()
    const until = performance.now() + waitS * 1000
    while ((await takeOver.requestedAt()) !== undefined && performance.now() < until) await sleep(LOOK_EVERY_MS)
    const isDone = (await takeOver.requestedAt()) === undefined
    const minutes = TAKE_OVER_LIFETIME_MS / 60_000
    const text = isDone
      ? say({ zh: '信箱已归本数据库。', en: 'The mailbox belongs to this database now.' })
      : say({
          zh: `已记下，还没有 bridge 来办：${minutes} 分钟内连上边缘的本数据库 bridge 会接管信箱。请启动它，或看它的日志。`,
          en: `Noted, but no bridge has done it yet: the one of this database that reaches the edge within ${minutes} minutes takes the mailbox over. Start it, or look at its log.`,
        })
    return { json: { requested: true, takenOver: isDone }, text }
  },
}
