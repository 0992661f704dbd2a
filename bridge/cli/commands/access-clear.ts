import type { Command } from '../command.ts'

export const accessClear: Command = {
  path: ['access', 'clear'],
  about: { zh: '忘掉拒绝记录，立即再试', en: 'forget what was refused, so that it is tried again at once' },
  async run({ say, platform }) {
    const { wecom } = await platform()
    await wecom.access.clear()
    return {
      json: { cleared: true },
      text: say({
        zh: '已清除。运行中的 bridge 一分钟内生效。',
        en: 'Cleared. A running bridge follows within a minute.',
      }),
    }
  },
}
