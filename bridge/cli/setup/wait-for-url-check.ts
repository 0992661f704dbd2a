/** Shows what to paste into the console, and waits until Tencent has checked the URL with success. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallbackRefusal, EdgeStatus } from '../../../shared/edge-status.ts'
import { askEdge, readStatus } from '../doctor/ask-edge.ts'
import type { Text } from '../language.ts'
import type { ModeGuide } from './access-mode.ts'
import type { SetupDeps } from './run-setup.ts'

const EVERY_MS = 1_000
/** The two clocks may differ by a little, and a refusal may be noted a minute late. */
const SLACK_MS = 65_000

const REFUSALS: Readonly<Record<CallbackRefusal, Text>> = {
  'signature-wrong': {
    zh: '验证来过，但 Token 不是上面的那个：重新粘贴 Token 再保存',
    en: 'a check came with another Token than the one above: paste it again and save',
  },
  undecryptable: {
    zh: '验证来过，但 EncodingAESKey 不是上面的那个：重新粘贴再保存',
    en: 'a check came with another EncodingAESKey than the one above: paste it again and save',
  },
  'receiver-wrong': {
    zh: '验证来过，但它属于另一家企业：核对企业ID，再运行 npm run setup',
    en: 'a check came from another corp: look at the corp id and run npm run setup again',
  },
}

export interface UrlCheckOptions {
  guide: ModeGuide
  /** Token or EncodingAESKey were made in this run: an older check is of no worth. */
  isNewCallback: boolean
}

/** False: it has not come in time. */
export async function waitForUrlCheck(deps: SetupDeps, { guide, isNewCallback }: UrlCheckOptions): Promise<boolean> {
  const { asker, files } = deps
  const first = await ask(deps)
  if (!isNewCallback && first?.urlCheckedAt !== undefined) {
    asker.tell('ok', { zh: '后台已经验证过回调地址', en: 'the console has checked the callback URL before' })
    return true
  }
  asker.show(
    { zh: `打开 ${guide.callbackPage.zh}。填这三项：`, en: `Open ${guide.callbackPage.en}. Fill in these three:` },
    [
      `URL             ${files.get('.env', 'EDGE_URL')}/callback`,
      `Token           ${files.get('.dev.vars', 'WECHAT_TOKEN')}`,
      `EncodingAESKey  ${files.get('.dev.vars', 'WECHAT_AESKEY')}`,
    ],
  )
  const isChecked = await asker.wait(
    {
      zh: '等后台来验证（保存时腾讯会立即访问这个地址）',
      en: 'waiting for the check: Tencent makes it when the form is saved',
    },
    ({ update, signal }) => waitForChange(deps, first?.urlCheckedAt ?? 0, { update, signal }),
  )
  if (isChecked) {
    asker.tell('ok', { zh: '回调地址验证通过', en: 'the callback URL was checked with success' })
    return true
  }
  asker.tell('failure', {
    zh: '没有等到成功的验证。地址、Token、EncodingAESKey 都对的话，域名要能从中国大陆访问；改好后再运行 npm run setup，会从这里接着做。',
    en: 'No check with success has come. If URL, Token and EncodingAESKey are right, can the domain be reached from mainland China? Then run npm run setup again: it goes on from here.',
  })
  return false
}

interface Waiting {
  update: (text: Text) => void
  signal: AbortSignal
}

async function waitForChange(deps: SetupDeps, before: number, { update, signal }: Waiting): Promise<boolean> {
  const startedAt = Date.now()
  const until = performance.now() + deps.waitMs
  let told: string | undefined
  while (!signal.aborted) {
    const status = await ask(deps)
    if ((status?.urlCheckedAt ?? 0) > before) return true
    const refused = status?.refused
    const isNew =
      refused !== undefined && refused.at > startedAt - SLACK_MS && told !== `${refused.reason} ${refused.at}`
    if (isNew) {
      told = `${refused.reason} ${refused.at}`
      update(REFUSALS[refused.reason])
    }
    if (performance.now() >= until) return false
    await sleep(Math.min(EVERY_MS, deps.waitMs), undefined, { signal }).catch(() => undefined)
  }
  return false
}

async function ask({ files, fetch }: SetupDeps): Promise<EdgeStatus | undefined> {
  const address = {
    url: files.get('.env', 'EDGE_URL'),
    bridgeToken: files.get('.env', 'BRIDGE_TOKEN'),
    corpId: files.get('.env', 'WECHAT_CORP_ID'),
  }
  return readStatus(await askEdge(address, { fetch, signal: new AbortController().signal }))
}
