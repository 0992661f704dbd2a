/**
 * Secrets that come as files, as Docker, Kubernetes and systemd hand them over: `NAME_FILE` is the path of a file whose text is the value
 * of `NAME`. Only for settings that are secrets; one line break at the end of the file does not count.
 */
import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>

const SECRET =
  /^(?:[A-Z0-9_]+_(?:API_KEY|TOKEN|SECRET|PASSWORD)|DATABASE_URL|OUTBOUND_PROXY|ALERT_WEBHOOK_URL|OTEL_EXPORTER_OTLP_HEADERS)$/

/** Whether `NAME_FILE` may stand for this setting. */
function isSecretName(name: string): boolean {
  return SECRET.test(name)
}

/** The settings with the files read, and a line for each that could not be. No value is in these lines. */
export function readSecretFiles(env: Environment): { given: Record<string, string | undefined>; faults: string[] } {
  const given: Record<string, string | undefined> = { ...env }
  const faults: string[] = []
  for (const [fileName, path] of Object.entries(env)) {
    const name = fileName.replace(/_FILE$/, '')
    if (name === fileName || path === undefined || !isSecretName(name)) continue
    if (env[name] !== undefined) {
      faults.push(`${name} 与 ${fileName} 只能设置一个 · are both set: one of them`)
      continue
    }
    const text = readText(path)
    if (text === undefined) faults.push(`${fileName} 的文件读不了 · names a file that can not be read`)
    else if (text === '') faults.push(`${fileName} 的文件是空的 · names a file that is empty`)
    // What is there, though it can't be read, must not be called missing as well.
    given[name] = text === undefined || text === '' ? UNREADABLE : text
  }
  return { given, faults }
}

/** Passes every rule for a secret, and is never used: the faults end the start. */
const UNREADABLE = 'postgres://unreadable.invalid/unreadable'

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}
