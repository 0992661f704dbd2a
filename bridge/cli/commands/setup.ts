import { resolve } from 'node:path'
import { isAppError } from '../../../shared/app-error.ts'
import type { Call, Command } from '../command.ts'
import { deployWorker } from '../deploy/deploy-worker.ts'
import { runProgram } from '../deploy/run-program.ts'
import type { Text } from '../language.ts'
import { readEnvFile } from '../read-env-file.ts'
import type { Asker } from '../setup/asker.ts'
import { createFileAsker } from '../setup/file-asker.ts'
import { openSettingFiles } from '../setup/files.ts'
import { runSetup, type SetupEnd } from '../setup/run-setup.ts'
import { usageError } from '../usage-error.ts'

const DEFAULT_WAIT_S = 600

const ENDS: Readonly<Record<SetupEnd | 'stopped', Text>> = {
  done: {
    zh: '设置完成。接下来：\n  npm run doctor          检查整条链路\n  npm start               启动 bridge\n  npm run kefu -- knowledge add 文件夹    把公司的资料交给它\n  npm run kefu -- link    拿到客服链接，用微信打开，发一条消息',
    en: 'The setup is done. Next:\n  npm run doctor          looks at every link of the chain\n  npm start               starts the bridge\n  npm run kefu -- knowledge add FOLDER    gives it what the company knows\n  npm run kefu -- link    gives the link of the account: open it in WeChat and write',
  },
  'stopped-before-worker': {
    zh: '停在部署 Worker 这一步。部署之后再运行 npm run setup，会从这里接着做。',
    en: 'Stopped before the Worker. Deploy it and run npm run setup again: it goes on from here.',
  },
  'stopped-before-check': {
    zh: '停在回调验证这一步。再运行 npm run setup，会从这里接着做。',
    en: 'Stopped before the check of the callback. Run npm run setup again: it goes on from here.',
  },
  'stopped-before-secret': {
    zh: '停在 Secret 这一步。改好后再运行 npm run setup，会从这里接着做。',
    en: 'Stopped at the Secret. Mend it and run npm run setup again: it goes on from here.',
  },
  stopped: {
    zh: '已停下；写好的都留着，再运行 npm run setup 会接着做。',
    en: 'Stopped; what was written stays, and npm run setup goes on from here.',
  },
}

export const setup: Command = {
  path: ['setup'],
  about: {
    zh: '一步步上线：生成密文、部署、等回调验证、核对 Secret',
    en: 'go live step by step: secrets, Worker, the check of the callback, the Secret',
  },
  options: {
    from: {
      type: 'string',
      value: 'FILE',
      about: {
        zh: '从文件读答案（NAME=值），不用终端；见 docs/going-live',
        en: 'take the answers from a file (NAME=value), without a terminal; see docs/going-live',
      },
    },
  },
  async run(call) {
    const { env, fetch, write, say } = call
    const { asker, answers } = await createAsker(call)
    const files = await openSettingFiles(process.cwd(), asker)
    const waitS = Number(answers.SETUP_WAIT_SECONDS ?? env.SETUP_WAIT_SECONDS ?? DEFAULT_WAIT_S)
    const tell = (text: Text) => write(`${say(text)}\n`)
    const end = await runSetup({
      ...{ asker, files, env, fetch },
      apiBase: answers.WECHAT_API_BASE ?? env.WECHAT_API_BASE,
      deploy: (domain, secrets) =>
        deployWorker({ domain, secrets, isDryRun: false }, { run: runProgram, env, tell, write }),
      waitMs: (Number.isFinite(waitS) ? waitS : DEFAULT_WAIT_S) * 1000,
    }).catch((error: unknown): 'stopped' => {
      if (isAppError(error, 'setup.stopped')) return 'stopped'
      throw error
    })
    return { json: { end }, text: say(ENDS[end]), isFailure: end !== 'done' }
  },
}

async function createAsker({
  options,
  say,
  language,
  isInteractive,
  write,
}: Call): Promise<{ asker: Asker; answers: Readonly<Record<string, string | undefined>> }> {
  if (typeof options.from === 'string') {
    const path = resolve(options.from)
    const answers = await readEnvFile(path)
    if (Object.keys(answers).length === 0) {
      throw usageError(say({ zh: `${options.from} 不存在或是空的`, en: `${options.from} does not exist or is empty` }))
    }
    return { asker: createFileAsker({ answers, path: options.from, language, write }), answers }
  }
  if (!isInteractive) {
    throw usageError(
      say({
        zh: '没有终端可以提问：加 --from FILE，从文件读答案',
        en: 'there is no terminal to ask at: add --from FILE for a file of answers',
      }),
    )
  }
  const { createTerminalAsker } = await import('../setup/terminal-asker.ts')
  return { asker: createTerminalAsker({ language }), answers: {} }
}
