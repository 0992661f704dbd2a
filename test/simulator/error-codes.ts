/**
 * The platform's errcodes, those that only a fault gives included: the errmsg on the wire, and what it means for a person.
 * Kept apart from the bridge's own table on purpose: the two check each other.
 * Source: developer.work.weixin.qq.com/document/path/90313
 */

export interface ErrorCode {
  errmsg: string
  /** Shown on the phone page. */
  meaning: string
}

const ERROR_CODES: Readonly<Record<number, ErrorCode>> = {
  [-1]: { errmsg: 'system busy', meaning: '系统繁忙，稍后再试' },
  6000: { errmsg: 'data conflict', meaning: '数据版本冲突，同时有人在改' },
  40001: { errmsg: 'invalid credential', meaning: '应用的 Secret 不对' },
  40003: { errmsg: 'invalid userid', meaning: '成员的 userid 不对' },
  40004: { errmsg: 'invalid media type', meaning: '媒体文件类型不对' },
  40005: { errmsg: 'invalid type param', meaning: '上传时的 type 参数不对' },
  40006: { errmsg: 'invalid file size', meaning: '文件必须大于 5 个字节' },
  40007: { errmsg: 'invalid media_id', meaning: 'media_id 不存在或已过期' },
  40008: { errmsg: 'invalid msgtype', meaning: '这里不支持这种消息类型' },
  40009: { errmsg: 'invalid image size', meaning: '图片超过 10 MB' },
  40011: { errmsg: 'invalid video size', meaning: '视频超过 10 MB' },
  40013: { errmsg: 'invalid corpid', meaning: '企业 ID 不对' },
  40014: { errmsg: 'invalid access_token', meaning: 'access_token 无效' },
  40033: { errmsg: 'invalid request character', meaning: '请求里有 \\u 转义字符' },
  40035: { errmsg: 'invalid parameter', meaning: '参数不合法' },
  40039: { errmsg: 'invalid url', meaning: '链接为空、过长或不合法' },
  40058: { errmsg: 'invalid Request Parameter', meaning: '参数缺失或不合法' },
  40063: { errmsg: 'parameter is empty', meaning: '参数为空' },
  40091: { errmsg: 'secret is invalid', meaning: 'Secret 无效或已重置' },
  40094: { errmsg: 'url should start with http or https', meaning: '链接必须以 http:// 或 https:// 开头' },
  40096: { errmsg: 'invalid external userid', meaning: '没有这个客户' },
  40123: { errmsg: 'invalid image format', meaning: '图片只能是 JPG 或 PNG' },
  40145: { errmsg: 'media_id expired', meaning: 'media_id 已过期' },
  40146: { errmsg: 'invalid range', meaning: '分片范围必须是 16 字节的倍数' },
  40201: { errmsg: 'content blocked by spam rules', meaning: '内容被反垃圾策略拦截' },
  40204: { errmsg: 'content contains sensitive information', meaning: '内容含有敏感信息' },
  40206: { errmsg: 'request body size over limit', meaning: '请求体太大' },
  41001: { errmsg: 'access_token missing', meaning: '缺少 access_token' },
  41002: { errmsg: 'corpid missing', meaning: '缺少 corpid' },
  41004: { errmsg: 'corpsecret missing', meaning: '缺少 corpsecret' },
  41006: { errmsg: 'media_id missing', meaning: '缺少 media_id' },
  41050: { errmsg: 'invalid welcome code', meaning: '欢迎语或事件的 code 已用过、已过期或不存在' },
  41051: { errmsg: 'chat already started', meaning: '客户已经开始聊天，不能再发欢迎语' },
  41096: { errmsg: 'welcome message is being sent', meaning: '欢迎语正在发送' },
  42001: { errmsg: 'access_token expired', meaning: 'access_token 已过期' },
  43004: { errmsg: 'require bind', meaning: '成员没有关联微信' },
  43009: { errmsg: 'corp is not verified', meaning: '企业主体没有认证' },
  44001: { errmsg: 'empty media data', meaning: '上传的文件是空的' },
  44004: { errmsg: 'empty content', meaning: '文本内容为空' },
  45001: { errmsg: 'media size out of limit', meaning: '文件超过 20 MB' },
  45002: { errmsg: 'content size out of limit', meaning: '内容超过长度限制' },
  45007: { errmsg: 'voice playtime out of limit', meaning: '语音超过 60 秒' },
  45009: { errmsg: 'api freq out of limit', meaning: '调用太频繁，被限流' },
  45033: { errmsg: 'api concurrent out of limit', meaning: '同一接口的并发太多' },
  45034: { errmsg: 'url missing scheme', meaning: '链接缺少协议头' },
  45035: { errmsg: 'concurrent modification', meaning: '同时有人在改' },
  48001: { errmsg: 'api unauthorized', meaning: '没有接口权限' },
  48002: { errmsg: 'api forbidden', meaning: '没有调用这个接口的权限' },
  48004: { errmsg: 'api is forbidden: corp authorization cancelled', meaning: '企业授权已取消' },
  48005: { errmsg: 'api deprecated', meaning: '接口已废弃' },
  48006: { errmsg: 'api unauthorized for long disuse', meaning: '接口长期不用，权限已收回' },
  48007: { errmsg: 'no approval authority of kf account', meaning: '这个客服账号没有授权给应用' },
  48010: { errmsg: 'tls version is not supported', meaning: 'TLS 版本太低' },
  50003: { errmsg: 'app disabled', meaning: '应用已停用' },
  50100: { errmsg: 'invalid cursor', meaning: '游标不合法' },
  60003: { errmsg: 'department not found', meaning: '没有这个部门' },
  60011: { errmsg: 'no privilege to access/modify contact/party/agent', meaning: '成员或部门不在应用可见范围内' },
  60020: { errmsg: 'not allow to access from your ip', meaning: '调用的 IP 不在企业可信 IP 里' },
  60021: { errmsg: 'user not in visible range', meaning: '成员不在应用可见范围内' },
  60030: { errmsg: 'servicer not in visible range', meaning: '接待人员不在应用可见范围内' },
  60031: { errmsg: 'api forbidden for app', meaning: '应用不能调用 API' },
  60111: { errmsg: 'userid not found', meaning: '没有这个成员' },
  60251: { errmsg: 'open_kfid missing', meaning: '缺少客服账号 ID' },
  60252: { errmsg: 'illegal open_kfid', meaning: '客服账号 ID 不合法' },
  60253: { errmsg: 'not servicer', meaning: '不是接待人员' },
  85008: { errmsg: 'icp check failed', meaning: '域名备案主体校验未通过' },
  90207: { errmsg: 'invalid miniprogram appid', meaning: '小程序 appid 不对' },
  95000: { errmsg: 'invalid open_kfid', meaning: '客服账号 ID 不合法' },
  95001: { errmsg: 'send msg count limit', meaning: '客户最后一次发言之后已经回复了 5 条，等客户再发言' },
  95002: { errmsg: 'send msg time limit', meaning: '客户最后一次发言已超过 48 小时' },
  95003: { errmsg: 'customer count limit', meaning: '企业未认证，服务的客户数到了上限' },
  95004: { errmsg: 'open_kfid not exist', meaning: '客服账号不存在' },
  95005: { errmsg: 'kf account count limit', meaning: '客服账号数到了上限' },
  95006: { errmsg: 'invalid kf account name', meaning: '客服账号名称不合法' },
  95007: { errmsg: 'invalid msg token', meaning: '拉取消息的 token 无效或已过期' },
  95008: { errmsg: 'msgmenu item count out of limit', meaning: '菜单项太多' },
  95009: { errmsg: 'invalid msgmenu item type', meaning: '菜单项的类型不对' },
  95011: {
    errmsg: 'the corp uses the api in wecom, the secret is of kf.weixin.qq.com',
    meaning: '企业在用企业微信版，Secret 却是独立版的',
  },
  95012: {
    errmsg: 'the corp uses kf.weixin.qq.com, the secret is of wecom',
    meaning: '企业在用独立版，Secret 却是企业微信版的',
  },
  95013: { errmsg: 'conversation end', meaning: '会话已结束' },
  95014: { errmsg: 'user is not servicer', meaning: '这个成员不是接待人员' },
  95015: { errmsg: 'dedicated service configured in console', meaning: '后台已配置专属服务' },
  95016: { errmsg: 'not allow to change service state', meaning: '不允许这样变更会话状态' },
  95017: { errmsg: 'api switch closed', meaning: 'API 功能开关没有打开' },
  95018: { errmsg: 'send msg session status invalid', meaning: '会话在排队或由人工接待，机器人不能发言' },
  95019: { errmsg: 'servicer is not receiving', meaning: '接待人员已停止接待' },
  95020: { errmsg: 'servicer count limit', meaning: '接待人员数到了上限' },
  95021: { errmsg: 'upgrade service not configured', meaning: '后台没有配置这个升级服务对象' },
  95022: { errmsg: 'invalid location', meaning: '位置不合法' },
  95023: { errmsg: 'api switch granted to another app', meaning: 'API 已授权给代开发应用' },
  95024: { errmsg: 'no customer message in 48 hours', meaning: '客户 48 小时内没有主动发过消息，不能发名片' },
  95025: { errmsg: 'business card count limit', meaning: '48 小时内只能发一张名片' },
  95026: { errmsg: 'kf account usage too low', meaning: '现有客服账号使用率太低，不能再建' },
  95027: { errmsg: 'kf account count limit of unverified corp', meaning: '企业未认证，最多 10 个客服账号' },
  95028: { errmsg: 'msgid not found', meaning: '没有这条可以撤回的消息' },
  95029: { errmsg: 'recall time limit', meaning: '超过 2 分钟，不能撤回' },
  95030: { errmsg: 'kf component restricted', meaning: '微信客服组件受限' },
  95031: { errmsg: 'customer has not sent message in 48 hours', meaning: '客户 48 小时内没有发过消息' },
  95032: { errmsg: 'kf component msgtype forbidden', meaning: '微信客服组件不支持' },
  95033: { errmsg: 'duplicate msgid', meaning: 'msgid 重复，这条消息之前已经受理' },
  301007: { errmsg: 'corp is unavailable', meaning: '企业不可用' },
  301016: { errmsg: 'invalid voice size', meaning: '语音超过 2 MB' },
  301017: { errmsg: 'invalid voice format', meaning: '语音只能是 AMR' },
  511020: { errmsg: 'duplicate question', meaning: '知识库里已有这个问题' },
  830002: { errmsg: 'file too large, use Range', meaning: '文件太大，需要分片下载' },
}

/** An unlisted code, given by a fault rule, still has words. */
export function describeErrorCode(errcode: number): ErrorCode {
  return ERROR_CODES[errcode] ?? { errmsg: 'error', meaning: '平台返回了一个错误' }
}

/** In ascending order. */
export function listErrorCodes(): (ErrorCode & { errcode: number })[] {
  return Object.entries(ERROR_CODES)
    .map(([errcode, words]) => ({ errcode: Number(errcode), ...words }))
    .sort((a, b) => a.errcode - b.errcode)
}
