/** The pages of Tencent's consoles that an operator is sent to, by their addresses and by the names that stand on them. */
export const CONSOLE_PAGES = {
  /** Native mode: 企业信息, with the corp id. */
  nativeCorp: 'https://kf.weixin.qq.com/kf/frame#/corpinfo',
  /** Native mode: 开发配置, with callback and Secret. */
  nativeConfig: 'https://kf.weixin.qq.com/kf/frame#/config',
  /** Native mode: 客服账号. */
  nativeAccounts: 'https://kf.weixin.qq.com/kf/frame#/accounts',
  /** WeCom mode: 我的企业, with the corp id at its bottom. */
  wecomCorp: 'https://work.weixin.qq.com/wework_admin/frame#profile',
  /** WeCom mode: 应用管理, with the self-built apps. */
  wecomApps: 'https://work.weixin.qq.com/wework_admin/frame#apps',
  /** WeCom mode: 微信客服, with API and accounts. */
  wecomKf: 'https://work.weixin.qq.com/wework_admin/frame#/app/servicer',
  /** What Tencent says of an errcode and its hint. */
  errcodes: 'https://open.work.weixin.qq.com/devtool/query',
} as const
