/** Puts documents into the knowledge of a bridge as an operator would, by the command line, before it starts or beside it. */
import { mkdir } from 'node:fs/promises'
import { runCli } from '../../bridge/cli/run-cli.ts'
import { openDatabase } from '../../bridge/store/open-database.ts'
import { createRecordingLogger } from './recording-logger.ts'

/** Rejects with what the command says when not all of it could be read. */
export async function loadKnowledge(
  env: Readonly<Record<string, string>>,
  paths: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  const { DATA_DIR: dataDir = './data', DATABASE_URL: url } = env
  await mkdir(dataDir, { recursive: true })
  // The command makes no database; the bridge does, when it first starts.
  const database = await openDatabase({ url, dataDir, poolSize: 1, log: createRecordingLogger() })
  await database.close()
  let said = ''
  const write = (text: string) => {
    said += text
  }
  const code = await runCli({ argv: ['knowledge', 'add', ...paths, ...options], env, stdout: write, stderr: write })
  if (code !== 0) throw new Error(`knowledge add ended by ${code}: ${said}`)
}
