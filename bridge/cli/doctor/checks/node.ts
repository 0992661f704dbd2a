import { defineCheck } from '../check.ts'

const OLDEST = '24.12.0'

export const node = defineCheck({
  name: 'node',
  about: { zh: 'Node', en: 'Node' },
  deadlineMs: 1_000,
  findings: {
    ok: { level: 'ok', says: { zh: 'Node {version}', en: 'Node {version}' } },
    'too-old': {
      level: 'failure',
      says: { zh: 'Node {version} 太旧，至少要 24.12', en: 'Node {version} is too old, 24.12 is needed' },
      todo: {
        zh: '运行 npm ci（它会装上合适的 Node），再用 npm start、npm run 启动',
        en: 'run npm ci, which brings one, and start by npm start or npm run',
      },
    },
  },
  async run({ nodeVersion: version }) {
    const isOld = version.localeCompare(OLDEST, 'en', { numeric: true }) < 0
    return [{ key: isOld ? 'too-old' : 'ok', values: { version } }]
  },
})
