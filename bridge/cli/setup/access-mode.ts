/** The two ways to the customer service API, which do not mix: where each thing is found in its console. */
import { CONSOLE_PAGES } from '../console-pages.ts'
import type { Text } from '../language.ts'

export type AccessMode = 'native' | 'wecom'

const { nativeCorp, nativeConfig, nativeAccounts, wecomCorp, wecomApps, wecomKf } = CONSOLE_PAGES

export interface ModeGuide {
  label: Text
  corpPage: string
  /** Where the callback's form is, and what is pressed there at last. */
  callbackPage: Text
  secretPage: Text
  /** What is to be done in the console between the callback and the Secret. */
  between: readonly Text[]
  accountsPage: string
}

export const MODES: Readonly<Record<AccessMode, ModeGuide>> = {
  native: {
    label: {
      zh: '独立版（kf.weixin.qq.com）：最快看到第一个回答，不要求备案域名和固定 IP',
      en: 'native (kf.weixin.qq.com): the shortest way to a first answer, no ICP filing and no fixed address asked for',
    },
    corpPage: nativeCorp,
    callbackPage: {
      zh: `${nativeConfig} → 企业内部接入 → 开始使用 → 填好后点“完成”`,
      en: `${nativeConfig} → 企业内部接入 → 开始使用, then 完成`,
    },
    secretPage: {
      zh: `回调验证通过后显示在 ${nativeConfig}`,
      en: `shown at ${nativeConfig} once the callback has been checked`,
    },
    between: [],
    accountsPage: nativeAccounts,
  },
  wecom: {
    label: {
      zh: '企业微信版（work.weixin.qq.com 自建应用）：员工可以一起接待；域名备案主体须是本企业，出口 IP 须固定',
      en: 'WeCom (a self-built app at work.weixin.qq.com): people answer beside the bot; needs an ICP-filed domain of the company and a fixed address',
    },
    corpPage: wecomCorp,
    callbackPage: {
      zh: `${wecomApps} → 自建应用 → 接收消息 → 设置API接收，勾选“微信客服消息和事件”，填好后点“保存”`,
      en: `${wecomApps} → the self-built app → 接收消息 → 设置API接收, tick 微信客服消息和事件, then 保存`,
    },
    secretPage: { zh: `在 ${wecomApps} → 自建应用 → Secret`, en: `at ${wecomApps} → the self-built app → Secret` },
    between: [
      {
        zh: `${wecomApps} → 自建应用 → 企业可信IP：加上 bridge 所在机器的公网出口 IP`,
        en: `${wecomApps} → the self-built app → 企业可信IP: add the outgoing address of the bridge's machine`,
      },
      {
        zh: `${wecomKf} → API：把应用加入“可调用接口的应用”，在“通过API管理微信客服账号”中选中客服账号`,
        en: `${wecomKf} → API: add the app to 可调用接口的应用, choose the accounts under 通过API管理微信客服账号`,
      },
    ],
    accountsPage: wecomKf,
  },
}
