import type { Call, Command } from '../command.ts'
import { checkDomain } from '../deploy/check-domain.ts'
import { type DeployDeps, deployWorker } from '../deploy/deploy-worker.ts'
import { readWorkerSecrets, type WorkerSecrets } from '../deploy/read-worker-secrets.ts'
import { runProgram } from '../deploy/run-program.ts'
import type { Language, Text } from '../language.ts'
import { usageError } from '../usage-error.ts'

const SECRETS_FILE = '.dev.vars'

export const deploy = createDeploy({ run: runProgram })

export function createDeploy({ run }: Pick<DeployDeps, 'run'>): Command {
  return {
    path: ['deploy'],
    about: { zh: '把 Worker 部署到 Cloudflare', en: 'put the Worker on Cloudflare' },
    options: {
      domain: {
        type: 'string',
        value: 'NAME',
        about: { zh: '自定义域名，默认取 EDGE_URL 的', en: 'the custom domain; that of EDGE_URL by default' },
      },
      'secrets-file': {
        type: 'string',
        value: 'FILE',
        about: { zh: `Worker 的密文，默认 ${SECRETS_FILE}`, en: `the Worker's secrets, ${SECRETS_FILE} by default` },
      },
      'dry-run': {
        type: 'boolean',
        about: { zh: '只检查和打包，不连网', en: 'check and bundle only, nothing leaves this machine' },
      },
      yes: { type: 'boolean', about: { zh: '不再询问', en: 'ask nothing' } },
    },
    async run({ options, say, env, write, language, isInteractive }) {
      const tell = (text: Text) => write(`${say(text)}\n`)
      // Cloudflare's own builds, after its deploy button: the domain is added in its console, the secrets are there, and nobody is asked.
      // https://developers.cloudflare.com/workers/platform/deploy-button
      const isCloudflareBuild = env.WORKERS_CI === '1'
      const isDryRun = options['dry-run'] === true
      const domain = isCloudflareBuild ? undefined : findDomain(options.domain, { env, say, isNeeded: !isDryRun })
      const path = String(options['secrets-file'] ?? SECRETS_FILE)
      const secrets = await readWorkerSecrets(path)
      if (secrets === undefined && options['secrets-file'] !== undefined) {
        throw usageError(say({ zh: `没有这个文件：${path}`, en: `there is no file ${path}` }))
      }
      if (secrets !== undefined && secrets.faults.length > 0) {
        const faults = secrets.faults.map((fault) => `\n  ${say(fault)}`).join('')
        throw usageError(say({ zh: `${path} 有误：${faults}`, en: `${path} is wrong:${faults}` }))
      }
      const plan = describePlan({ domain, secrets, path, isCloudflareBuild })
      for (const line of plan) tell(line)
      const isAgreed = isDryRun || isCloudflareBuild || options.yes === true || (await confirm(language, isInteractive))
      if (!isAgreed) {
        return {
          json: { deployed: false },
          text: say({ zh: '没有部署。', en: 'Nothing was deployed.' }),
          isFailure: true,
        }
      }
      const given = { domain, secrets: secrets?.values ?? {}, isDryRun }
      await deployWorker(given, { run, env, tell, write })
      const callbackUrl = `https://${domain ?? '…'}/callback`
      const json = { deployed: !isDryRun, domain, callbackUrl, secrets: Object.keys(given.secrets) }
      return { json, text: say(describeEnd(callbackUrl, isDryRun)) }
    },
  }
}

async function confirm(language: Language, isInteractive: boolean): Promise<boolean> {
  if (!isInteractive)
    throw usageError({ zh: '没有终端可以确认：加 --yes', en: 'there is no terminal to ask: add --yes' }[language])
  const { createTerminalAsker } = await import('../setup/terminal-asker.ts')
  return createTerminalAsker({ language }).confirm('', { zh: '现在部署？', en: 'Deploy now?' }, { initial: true })
}

interface DomainSources extends Pick<Call, 'env' | 'say'> {
  isNeeded: boolean
}

function findDomain(option: unknown, { env, say, isNeeded }: DomainSources): string | undefined {
  if (typeof option === 'string') {
    const fault = checkDomain(option)
    if (fault !== undefined) throw usageError(`--domain ${option}: ${say(fault)}`)
    return option
  }
  const host = URL.canParse(env.EDGE_URL ?? '') ? new URL(env.EDGE_URL ?? '').hostname : ''
  if (checkDomain(host) === undefined) return host
  if (!isNeeded) return undefined
  throw usageError(
    say({
      zh: '不知道用哪个域名：加 --domain kefu.example.com，或先运行 npm run setup',
      en: 'the domain is not known: add --domain kefu.example.com, or run npm run setup first',
    }),
  )
}

interface Plan {
  domain: string | undefined
  secrets: WorkerSecrets | undefined
  path: string
  isCloudflareBuild: boolean
}

function describePlan({ domain, secrets, path, isCloudflareBuild }: Plan): Text[] {
  const names = Object.keys(secrets?.values ?? {}).join(', ')
  return [
    { zh: '将在 Cloudflare 上改动：', en: 'What will change on Cloudflare:' },
    {
      zh: '  Worker kefu-edge：换成这份代码；连着的 bridge 会断开并马上重连',
      en: '  Worker kefu-edge: this code; the bridge is cut off and comes back at once',
    },
    describeDomain(domain, isCloudflareBuild),
    { zh: '  workers.dev 与预览地址：关闭', en: '  workers.dev and preview addresses: off' },
    secrets === undefined
      ? { zh: `  密文：不变（没有 ${path}）`, en: `  secrets: as they are (there is no ${path})` }
      : { zh: `  密文：设置 ${names}（来自 ${path}）`, en: `  secrets: ${names} are set (from ${path})` },
  ]
}

function describeDomain(domain: string | undefined, isCloudflareBuild: boolean): Text {
  if (domain !== undefined) {
    return {
      zh: `  域名 ${domain}：指向它，已有的同名 DNS 记录会被替换`,
      en: `  domain ${domain}: leads to it, a DNS record of that name is replaced`,
    }
  }
  return isCloudflareBuild
    ? { zh: '  域名：不变', en: '  domains: as they are' }
    : {
        zh: '  域名：还不知道，部署时要加 --domain，或先运行 npm run setup',
        en: '  domain: not known yet, a deploy needs --domain, or npm run setup before it',
      }
}

function describeEnd(callbackUrl: string, isDryRun: boolean): Text {
  if (isDryRun)
    return { zh: '检查和打包都通过，什么也没有上传。', en: 'Types and bundle are good; nothing was uploaded.' }
  return {
    zh: `已部署。回调地址：${callbackUrl}\n新域名的证书可能要几分钟；用 npm run doctor 检查。`,
    en: `Deployed. The callback URL: ${callbackUrl}\nThe certificate of a new domain may take minutes; npm run doctor looks at it.`,
  }
}
