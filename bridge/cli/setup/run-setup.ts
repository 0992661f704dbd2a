/**
 * From nothing to a bridge that can be started, in the order that the consoles demand: addresses and secrets, the Worker, the callback's
 * check, and only then the Secret. Each step looks first whether it is done, so the setup may be stopped and run again at any point.
 */
import { checkDomain } from '../deploy/check-domain.ts'
import type { Text } from '../language.ts'
import type { AccessMode } from './access-mode.ts'
import { MODES } from './access-mode.ts'
import type { Asker } from './asker.ts'
import { chooseModel } from './choose-model.ts'
import type { SettingFiles } from './files.ts'
import { makeAesKey, makeBridgeToken, makeToken } from './make-secrets.ts'
import { provideWorker } from './provide-worker.ts'
import { verifySecret } from './verify-secret.ts'
import { waitForUrlCheck } from './wait-for-url-check.ts'

export interface SetupDeps {
  asker: Asker
  files: SettingFiles
  /** Of this process; what the files set wins. */
  env: Readonly<Record<string, string | undefined>>
  fetch: typeof fetch
  /** WECHAT_API_BASE where it was given: a proxy with a fixed address, or a simulator. */
  apiBase?: string | undefined
  /** Puts the Worker on Cloudflare; rejects as `deployWorker` does. */
  deploy: (domain: string, secrets: Readonly<Record<string, string>>) => Promise<void>
  /** How long the Worker and the console are waited for. */
  waitMs: number
}

/** How far it came. */
export type SetupEnd = 'done' | 'stopped-before-worker' | 'stopped-before-check' | 'stopped-before-secret'

export async function runSetup(deps: SetupDeps): Promise<SetupEnd> {
  const { asker, files } = deps
  const mode = await chooseMode(asker, files)
  const guide = MODES[mode]
  const edgeUrl = await asker.text(
    'EDGE_URL',
    {
      zh: '给 Worker 用的域名（在 Cloudflare 上，例如 kefu.example.com）',
      en: 'The domain for the Worker (on Cloudflare, such as kefu.example.com)',
    },
    { initial: files.get('.env', 'EDGE_URL') || undefined, check: checkEdgeUrl },
  )
  const corpId = await asker.text(
    'WECHAT_CORP_ID',
    { zh: `企业ID（${guide.corpPage}）`, en: `The corp id, 企业ID (${guide.corpPage})` },
    {
      initial: files.get('.env', 'WECHAT_CORP_ID') || files.get('.dev.vars', 'WECHAT_CORP_ID') || undefined,
      check: checkCorpId,
    },
  )
  const model = await chooseModel(asker, files)
  // What is tried here with another address of the platform is to run with it, too.
  const platform: Record<string, string> = deps.apiBase === undefined ? {} : { WECHAT_API_BASE: deps.apiBase }
  const isNewCallback = await save(deps, { edgeUrl: toEdgeUrl(edgeUrl), corpId, mode, more: { ...platform, ...model } })

  if (!(await provideWorker(deps))) return 'stopped-before-worker'
  if (!(await waitForUrlCheck(deps, { guide, isNewCallback }))) return 'stopped-before-check'
  if (!(await verifySecret(deps, guide))) return 'stopped-before-secret'
  return 'done'
}

function chooseMode(asker: Asker, files: SettingFiles): Promise<AccessMode> {
  const known = files.get('.env', MODE_NAME)
  return asker.choose<AccessMode>(
    MODE_NAME,
    {
      zh: '怎样接入微信客服？（二选一，拿不准选第一个）',
      en: 'Which way to Customer Service? (If unsure, the first.)',
    },
    {
      choices: (['native', 'wecom'] as const).map((value) => ({ value, label: MODES[value].label })),
      initial: known === 'native' || known === 'wecom' ? known : undefined,
    },
  )
}

/** Kept in .env for the next run; no setting of the bridge. */
const MODE_NAME = 'SETUP_MODE'

interface Answers {
  edgeUrl: string
  corpId: string
  mode: AccessMode
  more: Readonly<Record<string, string>>
}

/** Returns whether Token or EncodingAESKey are new: then the console has to check again. */
async function save({ files }: SetupDeps, { edgeUrl, corpId, mode, more }: Answers): Promise<boolean> {
  const known = (name: string) => files.get('.dev.vars', name)
  const isNew = known('WECHAT_TOKEN') === '' || known('WECHAT_AESKEY') === ''
  const bridgeToken = known('BRIDGE_TOKEN') || files.get('.env', 'BRIDGE_TOKEN') || makeBridgeToken()
  await files.save('.dev.vars', {
    WECHAT_CORP_ID: corpId,
    WECHAT_TOKEN: known('WECHAT_TOKEN') || makeToken(),
    WECHAT_AESKEY: known('WECHAT_AESKEY') || makeAesKey(),
    BRIDGE_TOKEN: bridgeToken,
  })
  await files.save('.env', {
    [MODE_NAME]: mode,
    EDGE_URL: edgeUrl,
    BRIDGE_TOKEN: known('BRIDGE_TOKEN'),
    WECHAT_CORP_ID: known('WECHAT_CORP_ID'),
    ...more,
  })
  return isNew
}

/** A bare domain means https. */
function toEdgeUrl(given: string): string {
  return new URL(/^https?:\/\//.test(given) ? given : `https://${given}`).origin
}

function checkEdgeUrl(given: string): Text | undefined {
  const text = /^https?:\/\//.test(given) ? given : `https://${given}`
  if (!URL.canParse(text))
    return { zh: '写域名，例如 kefu.example.com', en: 'must be a domain such as kefu.example.com' }
  const { hostname, protocol } = new URL(text)
  if (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)) return undefined
  if (protocol === 'http:') return { zh: '必须是 https', en: 'must be https' }
  return checkDomain(hostname)
}

function checkCorpId(given: string): Text | undefined {
  // Those of the companies that came first begin with wx.
  return /^w[wx][\w-]{2,62}$/.test(given)
    ? undefined
    : {
        zh: '企业ID 以 ww（早年的是 wx）开头，由字母和数字组成',
        en: 'a corp id begins with ww (old ones with wx) and has letters and digits',
      }
}
