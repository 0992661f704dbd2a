/** What the operator does about an errcode, with the page of the console where it is done. Only codes that a setting can mend. */
import { CONSOLE_PAGES } from './console-pages.ts'
import type { Text } from './language.ts'

const { nativeCorp, nativeConfig, nativeAccounts, wecomCorp, wecomApps, wecomKf, errcodes } = CONSOLE_PAGES

const checkSecret: Text = {
  zh: `核对 WECHAT_SECRET：独立版在 ${nativeConfig} 的开发配置，企业微信版在 ${wecomApps} 的自建应用详情。不要反复试，错几次平台会封本机 IP 一小时`,
  en: `check WECHAT_SECRET: native mode, 开发配置 at ${nativeConfig}; WeCom mode, the self-built app at ${wecomApps}. Don't try again and again: after a few wrong ones the platform bans this address for an hour`,
}
const kfApi: Text = {
  zh: `打开 ${wecomKf} 的 API 一栏，把应用加入“可调用接口的应用”，并在“通过API管理微信客服账号”中选中账号；独立版没有部分接口`,
  en: `open ${wecomKf}, section API: add the app to 可调用接口的应用 and choose the accounts under 通过API管理微信客服账号; the native mode lacks some APIs at all`,
}

export const PLATFORM_TODO: Readonly<Record<number, Text>> = {
  40001: checkSecret,
  40091: checkSecret,
  40013: {
    zh: `核对 WECHAT_CORP_ID：独立版 ${nativeCorp}，企业微信版 ${wecomCorp} 页面底部；新注册的企业等半小时再试`,
    en: `check WECHAT_CORP_ID: native mode ${nativeCorp}, WeCom mode the bottom of ${wecomCorp}; that of a new corp works after half an hour`,
  },
  40014: {
    zh: 'access_token 刚取就失效：是否有别的程序用同一个 Secret 在取？停掉它，或给它另一个应用；再看是否在后台重置过 Secret',
    en: 'tokens end as soon as they are taken: does another program use this Secret? Stop it or give it an app of its own; was the Secret reset in the console?',
  },
  42001: {
    zh: 'access_token 一直被当作过期：先看本机时钟（timedatectl），再看是否有别的程序用同一个 Secret',
    en: 'tokens are taken for expired again and again: look at the clock (timedatectl), and whether another program uses this Secret',
  },
  43004: {
    zh: '接待人员要先登录一次企业微信 App（完成绑定与激活）',
    en: 'the servicer has to log in to the WeCom app once, which binds and activates them',
  },
  43009: { zh: `在 ${wecomCorp} 完成企业认证`, en: `have the corp verified at ${wecomCorp}` },
  45009: {
    zh: '等一分钟再试；密钥连续写错会被封一小时，先核对 WECHAT_SECRET',
    en: 'wait a minute; wrong secrets in a row mean an hour, so check WECHAT_SECRET first',
  },
  48001: kfApi,
  48002: kfApi,
  48004: kfApi,
  48006: kfApi,
  48007: {
    zh: `在 ${wecomKf} 的“通过API管理微信客服账号”中把该账号交给本应用`,
    en: `assign the account to the app under 通过API管理微信客服账号 at ${wecomKf}`,
  },
  48010: { zh: '升级中间的代理或网关，须支持 TLS 1.2', en: 'the proxy in between must speak TLS 1.2' },
  50003: { zh: `在 ${wecomApps} 的应用详情里启用应用`, en: `enable the app at ${wecomApps}` },
  60011: {
    zh: `在 ${wecomApps} 把成员加入应用的可见范围`,
    en: `put the member into the app's visible range at ${wecomApps}`,
  },
  60020: {
    zh: `在 ${wecomApps} 打开应用，把本机的公网出口 IP 加入“企业可信IP”，约 1 分钟后生效；没有固定 IP 就架一个代理，设置 WECHAT_API_BASE`,
    en: `open the app at ${wecomApps} and add this machine's outgoing address to its trusted IPs (企业可信IP); it takes a minute. Without a fixed address, run a proxy that has one and set WECHAT_API_BASE`,
  },
  60021: {
    zh: `在 ${wecomApps} 把部门加入应用的可见范围`,
    en: `put the department into the app's visible range at ${wecomApps}`,
  },
  60030: {
    zh: `在 ${wecomApps} 把该成员加入应用的可见范围`,
    en: `put the member into the range that the app may see, at ${wecomApps}`,
  },
  60031: { zh: `应用被平台禁止调用接口，在 ${wecomApps} 查看原因`, en: `the app is barred: see why at ${wecomApps}` },
  95001: { zh: '等客户再次发言后再发', en: 'wait until the customer writes again' },
  95002: { zh: '等客户再次发言后再发', en: 'wait until the customer writes again' },
  95003: {
    zh: `未验证的企业总共只能接待 100 位客户：在 ${wecomCorp} 完成企业验证`,
    en: `an unverified corp may serve 100 customers in all: have it verified at ${wecomCorp}`,
  },
  95004: {
    zh: `这个客服账号已被删除，或属于别的企业：在 ${wecomKf}（独立版 ${nativeAccounts}）核对`,
    en: `the account was deleted or is another corp's: look at ${wecomKf} (native mode: ${nativeAccounts})`,
  },
  95011: {
    zh: `企业用的是企业微信版：WECHAT_SECRET 换成 ${wecomApps} 中自建应用的 Secret`,
    en: `this corp is in WeCom mode: take the Secret of the self-built app at ${wecomApps}`,
  },
  95012: {
    zh: `企业用的是独立版：WECHAT_SECRET 换成 ${nativeConfig} 开发配置里的 Secret`,
    en: `this corp is in native mode: take the Secret of 开发配置 at ${nativeConfig}`,
  },
  95014: {
    zh: `在 ${wecomKf} 把这位成员加为接待人员，并请其登录一次企业微信 App`,
    en: `make this member a servicer at ${wecomKf}, and have them log in to the WeCom app once`,
  },
  95017: {
    zh: `在 ${wecomKf} 开启 API，并把本应用加入“可调用接口的应用”；独立版看 ${nativeAccounts}`,
    en: `switch the API on at ${wecomKf} and add the app to 可调用接口的应用; native mode: ${nativeAccounts}`,
  },
  95018: {
    zh: `会话正由人工接待或已结束，机器人发不出去：若总是这样，看 ${wecomKf} 是否把新会话自动分给了人（让该账号由 API 管理，或移走在线的接待人员）`,
    en: `a person has the session, or it has ended, so the bot may not send: if it is always so, does ${wecomKf} give new sessions to people by itself? Let the API manage the account, or take the servicers off it`,
  },
  95023: {
    zh: `API 权限给了代开发应用，在 ${wecomKf} 收回`,
    en: `the API was given to another app: take it back at ${wecomKf}`,
  },
  40096: {
    zh: '核对 external_userid：应以 wm 开头，属于本企业',
    en: 'check the external_userid: it begins with wm and belongs to this corp',
  },
  301007: { zh: `企业不可用，在 ${wecomCorp} 查看状态`, en: `the corp is unusable: see ${wecomCorp}` },
}

/** For a code that is not in the table. */
export const LOOK_UP: Text = { zh: `查询错误码：${errcodes}`, en: `look the code up at ${errcodes}` }
