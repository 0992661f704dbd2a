// @ts-check
/** What kinds of messages, states, events and failures are called. */

export const STATES = ['新会话', '智能助手接待', '排队等人工', '人工接待', '未开始或已结束']

/** @type {Readonly<Record<string, string>>} */
export const KIND_NAMES = {
  text: '文字',
  image: '图片',
  voice: '语音',
  video: '视频',
  file: '文件',
  location: '位置',
  link: '链接',
  miniprogram: '小程序',
  merged_msg: '聊天记录',
  business_card: '名片',
  msgmenu: '菜单',
  channels: '视频号',
  channels_shop_product: '商品',
  channels_shop_order: '订单',
  meeting: '会议',
  calendar: '日程',
  note: '笔记',
  ca_link: '获客链接',
}

/** @type {Readonly<Record<string, string>>} */
const EVENTS = {
  enter_session: '客户进入会话',
  user_recall_msg: '客户撤回了一条消息',
  servicer_recall_msg: '接待人员撤回了一条消息',
  msg_send_fail: '一条消息没有送达客户',
}

const CHANGES = ['', '接入了会话', '转接了会话', '结束了会话', '重新打开了会话']

const FAIL_TYPES = [
  '未知原因',
  '客服账号已删除',
  '应用已关闭',
  '',
  '会话超过 48 小时',
  '会话已关闭',
  '超过 5 条',
  '没有绑定视频号',
  '企业未认证',
  '没有绑定视频号且未认证',
  '客户拒收',
  '企业没有成员登录过企业微信',
  '发送了客服组件禁止的消息类型',
  '安全限制',
]

/** @param {string} msgtype */
export const kindName = (msgtype) => KIND_NAMES[msgtype] ?? msgtype

/** @param {number} failType */
export const failWords = (failType) => `fail_type ${failType}${FAIL_TYPES[failType] ? `，${FAIL_TYPES[failType]}` : ''}`

/** @param {any} record of the kind `happened` @param {(userId: string) => string} nameOf */
export function describeEvent({ event, body }, nameOf) {
  switch (event) {
    case 'msg_send_fail':
      return `${EVENTS.msg_send_fail}（${failWords(body.fail_type)}）`
    case 'enter_session': {
      const by = [body.scene && `场景 ${body.scene}`, body.scene_param && `参数 ${body.scene_param}`].filter(Boolean)
      const welcome = body.welcome_code === undefined ? '' : '，20 秒内可以发一条欢迎语'
      return `${EVENTS.enter_session}${by.length > 0 ? `（${by.join('，')}）` : ''}${welcome}`
    }
    case 'session_status_change': {
      const who = nameOf(body.new_servicer_userid ?? body.old_servicer_userid ?? '')
      return body.change_type === 2
        ? `${nameOf(body.old_servicer_userid)}把会话转给了${who}`
        : `${who}${CHANGES[body.change_type] ?? ''}`
    }
    case 'servicer_status_change':
      return `${nameOf(body.servicer_userid)}${body.status === 1 ? '开始接待' : body.stop_type === 1 ? '挂起了接待' : '停止了接待'}`
    case 'reject_customer_msg_switch_change':
      return `${nameOf(body.servicer_userid)}${body.reject_switch === 1 ? '拒收了客户的消息' : '恢复接收客户的消息'}`
    default:
      return EVENTS[event] ?? event
  }
}

/** One line for a list. @param {{ msgtype: string, text: string }} message */
export function shorten({ msgtype, text }) {
  return msgtype === 'text' ? text.slice(0, 60) : `[${kindName(msgtype)}]`
}
