/** The command line as an operator has it: real settings, a real database, and the simulator in the platform's place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { createSimulator, type SimulatorOptions } from '../../../simulator/create-simulator.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const corpId = 'ww0123456789abcdef'
export const secret = 'the-secret-of-the-app-that-nobody-may-see'
export const account = 'wkAccountOne01'
export const customer = 'wmCustomerOne'

export interface CliRun {
  code: number
  stdout: string
  stderr: string
}

/** Ends with the test. The clock of the simulator is the machine's. */
export async function startCli(options: Partial<SimulatorOptions> = {}) {
  const simulator = await createSimulator({
    corpId,
    secret,
    callback: { token: 'QDG6eK', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' },
    accounts: [{ name: '售前', openKfId: account, servicers: ['zhangsan'] }],
    customers: [{ name: '小雨', externalUserId: customer, gender: 2 }],
    ...options,
  })
  onTestFinished(() => simulator.close())
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-cli-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const database = await openDatabase({ url: undefined, dataDir, poolSize: 2, log: createRecordingLogger() })
  onTestFinished(() => database.close())
  const env = {
    DATA_DIR: dataDir,
    WECHAT_CORP_ID: corpId,
    WECHAT_SECRET: secret,
    WECHAT_API_BASE: simulator.apiBase,
  }
  const run = async (line: readonly string[], change: Record<string, string | undefined> = {}): Promise<CliRun> => {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await runCli({
      argv: line,
      env: { ...env, ...change },
      stdout: (text) => void out.push(text),
      stderr: (text) => void err.push(text),
    })
    return { code, stdout: out.join(''), stderr: err.join('') }
  }
  return {
    simulator,
    database,
    dataDir,
    run,
    /** Runs with `--json` and parses what came to stdout, or to stderr when it failed. */
    json: async (...line: string[]): Promise<{ code: number; [name: string]: unknown }> => {
      const { code, stdout, stderr } = await run([...line, '--json'])
      return { code, ...(JSON.parse(stdout || stderr) as Record<string, unknown>) }
    },
    file: (name: string, content: string) => {
      const path = join(dataDir, name)
      writeFileSync(path, Buffer.from(content, 'latin1'))
      return path
    },
    /** A conversation that the bridge knows, with messages sent since the customer wrote. */
    know: async (sentSince = 0) => {
      await database.run(
        `insert into conversation (id, open_kfid, external_userid, created_at, sent_since) values (?1, ?2, ?3, 0, ?4)`,
        `${account}:${customer}`,
        account,
        customer,
        sentSince,
      )
    },
    sentSince: async () =>
      (await database.all<{ sent_since: number }>('select sent_since from conversation'))[0]?.sent_since,
  }
}
