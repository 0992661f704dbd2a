/**
 * What every errcode of the platform means and what to do about it. The one place that decides: whoever handles a
 * `wecom.refused` reads `details.action` and never the platform's message.
 * Source: https://developer.work.weixin.qq.com/document/path/90313 (table of 2026-07-26); codes marked native are from SDKs of the
 * native mode, whose pages are not public.
 */

export type ErrorAction =
  /** Try again with back-off: nothing is wrong with the call. */
  | 'retry'
  /** Get a new access token and try once more. The client does it; what comes out of it was refused twice. */
  | 'refresh-token'
  /** A rate limit: nothing goes through until its window is over. */
  | 'wait'
  /** This message will never go: give it up. */
  | 'drop'
  /** The customer can't be answered by the API now: a person has to see it. */
  | 'hand-over'
  /** The session changed under us: read its state, then decide. */
  | 'read-state'
  /** Pull again without the callback's token. */
  | 'pull-without-token'
  /** Upload the media again, once. */
  | 'upload-again'
  /** Cut the content into smaller parts. */
  | 'split'
  /** Another servicer, or the waiting pool. */
  | 'other-servicer'
  /** Already accepted, if it was our own earlier try; otherwise the msgid is taken. */
  | 'accepted-before'
  /** The set-up is wrong: the operator has to act. */
  | 'alert'
  /** Our request is wrong. */
  | 'bug'
  /** Not in the table: tried again to the limit, then parked. */
  | 'unknown'

export interface ErrorMeaning {
  /** Chinese, for people. */
  meaning: string
  meaningEn: string
  action: ErrorAction
}

type Row = readonly [codes: readonly number[], action: ErrorAction, meaning: string, meaningEn: string]

const rows: readonly Row[] = [
  [[-1], 'retry', '系统繁忙，请稍后重试', 'the platform is busy'],
  [[6000, 45035], 'retry', '数据正在被并发修改', 'modified by another call at the same time'],
  [[45033], 'retry', '接口并发调用超过限制', 'too many calls of this API at once'],
  [[40014], 'refresh-token', 'access_token 无效', 'the access token is invalid'],
  [[42001], 'refresh-token', 'access_token 已过期', 'the access token has expired'],
  [[45009], 'wait', '接口调用超过频率限制', 'the rate limit of this API is reached'],

  [
    [40001, 40091],
    'alert',
    'Secret 错误、已重置或属于其他企业',
    'the secret is wrong, was reset or belongs to another corp',
  ],
  [
    [40013],
    'alert',
    '企业 ID（corpid）错误；新注册的企业约需 30 分钟生效',
    'the corp id is wrong; a new one works after half an hour',
  ],
  [[43004], 'alert', '成员未绑定微信', 'the member is not bound to WeChat'],
  [[43009], 'alert', '企业未完成主体验证', 'the corp is not verified'],
  [[48001, 48002], 'alert', '没有调用该接口的权限', 'the app may not call this API'],
  [[48004], 'alert', '接口已被封禁或授权已撤销', 'the permission was revoked'],
  [[48005], 'alert', '接口已废弃', 'the API is no longer offered'],
  [[48006], 'alert', '长期未使用，接口权限已被收回', 'the permission was withdrawn after long disuse'],
  [[48007], 'alert', '该客服账号未授权给此应用', 'the account is not assigned to this app'],
  [[48010], 'alert', 'TLS 版本不受支持', 'the TLS version is not supported'],
  [[50003], 'alert', '应用已停用', 'the app is disabled'],
  [[60031], 'alert', '应用被禁止调用接口', 'the app is barred from the API'],
  [[301007], 'alert', '企业不可用', 'the corp is unusable'],
  [[50100], 'alert', '分页游标无效', 'the paging cursor is invalid'],
  [[60011, 60021], 'alert', '成员或部门不在应用可见范围内', 'the member is outside the range the app may see'],
  [
    [60020],
    'alert',
    '调用 IP 不在企业可信 IP 中（修改后约 1 分钟生效）',
    'the calling address is not a trusted IP of the corp',
  ],
  [[60030], 'alert', '接待人员不在应用可见范围内', 'the servicer is outside the range the app may see'],
  [[60111, 40003], 'alert', '成员 userid 不存在', 'there is no such member'],
  [[60003], 'alert', '部门不存在', 'there is no such department'],
  [[85008], 'alert', '域名未通过备案主体校验', 'the domain failed the ICP check'],
  [[95000], 'alert', 'open_kfid 不合法', 'the account id is not valid'],
  [[95004], 'alert', '客服账号不存在（已删除或属于其他企业）', 'the account does not exist'],
  [[95005], 'alert', '客服账号数量已达上限', 'no more accounts can be added'],
  [[95006], 'alert', '客服账号名称不合法', 'the account name is not allowed'],
  [[95026], 'alert', '现有客服账号使用率过低，暂不能新增', 'existing accounts are used too little to add more'],
  [[95027], 'alert', '未验证的企业最多 10 个客服账号', 'an unverified corp may have ten accounts'],
  [
    [95011],
    'alert',
    '企业已使用企业微信版微信客服，请使用自建应用的 Secret',
    'wrong mode: use the secret of the WeCom app',
  ],
  [
    [95012],
    'alert',
    '企业使用独立版微信客服，请使用微信客服后台的 Secret',
    'wrong mode: use the secret of the native console',
  ],
  [[95015], 'alert', '管理后台已配置专属服务', 'the console already configures dedicated service'],
  [
    [95017],
    'alert',
    '未开启 API 或应用不在“可调用接口的应用”中',
    'the API switch is off or the app is not on its list',
  ],
  [[95020], 'alert', '接待人员数量已达上限', 'no more servicers can be added'],
  [[95021], 'alert', '后台未配置升级服务的对象', 'no target is configured for the upgrade'],
  [[95023], 'alert', 'API 权限已授予代开发应用', 'the API switch is granted to another app'],
  [[95030, 95032], 'alert', '微信客服组件限制', 'the customer service component forbids it'],

  [[95003], 'hand-over', '未验证企业的接待客户数已达上限', 'an unverified corp has reached its number of customers'],
  [
    [95001],
    'hand-over',
    '客户上次发言后已发送 5 条，须等客户再次发言',
    'five messages were sent since the customer last wrote',
  ],
  [[95002], 'hand-over', '距客户上次发言已超过 48 小时', 'the customer has not written for 48 hours'],
  [[95018], 'read-state', '当前会话状态不允许发送消息', 'the session does not allow sending now'],
  [[95016], 'read-state', '不允许的会话状态变更', 'the session cannot change to that state'],
  [[95014], 'other-servicer', '该成员不是接待人员或未激活', 'the member is no servicer or not activated'],
  [[95019], 'other-servicer', '接待人员已停止接待或被挂起', 'the servicer has stopped receiving'],
  [[95007], 'pull-without-token', '回调中的 token 无效或已过期', 'the token of the callback is invalid or has expired'],
  [[95033], 'accepted-before', 'msgid 重复', 'the msgid was used before'],

  [[40004, 40005, 44001], 'drop', '素材类型不合法或缺少素材', 'the media type is not allowed or the media is missing'],
  [
    [40006, 40009, 40011, 45001, 301016, 301017],
    'drop',
    '素材大小或内容不合法',
    'the media has a size or content that is not allowed',
  ],
  [[45007], 'drop', '语音时长超过限制', 'the voice message is too long'],
  [[40123], 'drop', '上传的图片格式不合法', 'the image format is not allowed'],
  [[40201], 'drop', '内容触发反垃圾策略', 'the content was taken for spam'],
  [[40204], 'drop', '内容包含敏感信息', 'the content was found to be sensitive'],
  [[40096], 'drop', 'external_userid 不合法或不属于当前企业', 'the customer id is not valid for this corp'],
  [[41050], 'drop', '欢迎语 code 无效或已过期（20 秒）', 'the welcome code is invalid or has expired'],
  [[41051], 'drop', '客户已开始聊天，不能再发欢迎语', 'the chat has started, a welcome is too late'],
  [[41096], 'drop', '欢迎语正在发送', 'a welcome is already being sent'],
  [[95013], 'drop', '会话已结束，须等客户再次发言', 'the session has ended'],
  [[95024, 95031], 'drop', '客户 48 小时内没有主动发言', 'the customer has not written within 48 hours'],
  [[95025], 'drop', '48 小时内只能发送 1 张名片', 'one business card per 48 hours (native)'],
  [[95028], 'drop', '要撤回的消息不存在', 'the message to recall was not found (native)'],
  [[95029], 'drop', '发送已超过 2 分钟，不能撤回', 'too late to recall (native)'],
  [[511020], 'drop', '知识库中已有相同的问题', 'the question is in the knowledge base already'],
  [[40007, 40145], 'upload-again', 'media_id 无效或已过期（3 天）', 'the media id is invalid or has expired'],
  [[41006], 'upload-again', '缺少 media_id', 'the media id is missing'],
  [[45002], 'split', '消息内容超过长度限制', 'the content is too long'],

  [[40008], 'bug', '消息类型不合法', 'the msgtype is not valid'],
  [[40033], 'bug', '请求包含不支持的 \\u 转义', 'the body holds escapes that the platform refuses'],
  [[40035, 40058], 'bug', '请求参数不合法', 'a parameter is not valid'],
  [[40063, 44004], 'bug', '参数或文本内容为空', 'a parameter or the text is empty'],
  [[40039, 40094, 45034], 'bug', 'URL 不合法或缺少协议头', 'the URL is not valid'],
  [[40146], 'bug', '分片范围须为 16 字节的整数倍', 'the range must be a multiple of 16 bytes'],
  [[830002], 'bug', '文件过大，须分片下载', 'the file is too large to download without a range'],
  [[40206], 'bug', '请求体过大', 'the request body is too large'],
  [[41001], 'bug', '缺少 access_token', 'the access token is missing'],
  [[41002], 'bug', '缺少 corpid', 'the corp id is missing'],
  [[41004], 'bug', '缺少 Secret', 'the secret is missing'],
  [[60251, 60252], 'bug', 'open_kfid 缺失或不合法', 'the account id is missing or not valid'],
  [[60253], 'bug', '该成员不是接待人员', 'the member is not a servicer'],
  [[90207], 'bug', '小程序 appid 不合法', 'the appid of the mini programme is not valid'],
  [[95008], 'bug', '菜单项过多', 'the menu has too many items'],
  [[95009], 'bug', '菜单项类型不合法', 'a menu item has a wrong type'],
  [[95022], 'bug', '位置类型不合法', 'the type of the location is not valid'],
]

/** Every known errcode. */
export const errorTable: ReadonlyMap<number, ErrorMeaning> = new Map(
  rows.flatMap(([codes, action, meaning, meaningEn]) => codes.map((code) => [code, { meaning, meaningEn, action }])),
)

/**
 * What a refusal says about the access mode: `endpoint` is not offered at all, `account` not for this account, and `perhaps` is what an
 * endpoint that is not offered may answer as well as one that is called wrongly.
 */
const lacking: ReadonlyMap<number, 'endpoint' | 'account' | 'perhaps'> = new Map([
  [48001, 'endpoint'],
  [48002, 'endpoint'],
  [48004, 'endpoint'],
  [48005, 'endpoint'],
  [48006, 'endpoint'],
  [48007, 'account'],
  [95011, 'endpoint'],
  [95012, 'endpoint'],
  [95017, 'endpoint'],
  [40058, 'perhaps'],
])

/** Undefined for a refusal that says nothing about what the app may call. */
export function lackOf(errcode: number): 'endpoint' | 'account' | 'perhaps' | undefined {
  return lacking.get(errcode)
}

const retryableActions: ReadonlySet<ErrorAction> = new Set(['retry', 'refresh-token', 'wait', 'unknown'])

/** The row of an errcode; of one that nobody has heard of, the action `unknown`. */
export function describeErrcode(errcode: number): ErrorMeaning {
  return errorTable.get(errcode) ?? { meaning: '未知错误', meaningEn: 'not in the error table', action: 'unknown' }
}

/** True when the same call may succeed later without anybody changing anything. */
export function isRetryableAction(action: ErrorAction): boolean {
  return retryableActions.has(action)
}
