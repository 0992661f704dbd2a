/** Every command, in the order of the help. */
import type { Command } from './command.ts'
import { parkedDrop } from './commands/parked-drop.ts'
import { parkedList } from './commands/parked-list.ts'
import { parkedRetry } from './commands/parked-retry.ts'
import { parkedShow } from './commands/parked-show.ts'
import { relayTakeOver } from './commands/relay-take-over.ts'
import type { Text } from './language.ts'

export const COMMANDS: readonly Command[] = [parkedList, parkedShow, parkedRetry, parkedDrop, relayTakeOver]

/** What the commands with the same first word have in common. */
export const GROUPS: Readonly<Record<string, Text>> = {
  parked: {
    zh: '没能自动处理、留给人看的消息。',
    en: 'What could not be dealt with by itself and is left for people to look at.',
  },
  relay: { zh: '与边缘（Cloudflare Worker）的连接。', en: 'The connection to the edge, the Cloudflare Worker.' },
}

export const PROGRAM: Text = { zh: 'kefu-edge 命令行', en: 'The command line of kefu-edge' }
