// @ts-check
/** Everything that a customer can send besides words, and what else they can do. */
import { ask } from './ask.js'
import { make, makeButton } from './make-node.js'
import { sendRecord } from './record-builder.js'
import { enterBy } from './safe-link.js'
import { sampleFile, samplePicture, sampleVoice } from './samples.js'
import { addMedia, pickFile, sendFile, sendMessage } from './send-file.js'
import { attempt, control } from './simulator.js'
import { account, element, place } from './view.js'

/** @typedef {import('./ask.js').Field} Field */

/** A kind that is a form and nothing else. @param {string} msgtype @param {string} title @param {Field[]} fields */
const form = (msgtype, title, fields) => async () => {
  const answer = await ask(title, fields)
  if (answer !== undefined) await sendMessage(msgtype, answer)
}

const TILES = [
  { icon: '图', label: '图片', run: async () => sendFile('image', await pickFile('image/*')) },
  { icon: '声', label: '语音', run: async () => sendFile('voice', await pickFile('.amr,audio/amr')) },
  { icon: '影', label: '视频', run: async () => sendFile('video', await pickFile('video/*')) },
  { icon: '文', label: '文件', run: async () => sendFile('file', await pickFile('')) },
  { icon: '例', label: '示例图片', run: async () => sendFile('image', await samplePicture('示例图片')) },
  { icon: '例', label: '示例语音', run: () => sendFile('voice', sampleVoice()) },
  { icon: '例', label: '示例文件', run: () => sendFile('file', sampleFile()) },
  { icon: '位', label: '位置', run: sendLocation },
  { icon: '链', label: '链接', run: sendLink },
  { icon: '程', label: '小程序', run: sendMiniprogram },
  { icon: '片', label: '名片', run: sendCard },
  { icon: '录', label: '聊天记录', run: sendRecord },
  {
    icon: '商',
    label: '商品',
    run: form('channels_shop_product', '发送视频号商品', [
      { name: 'product_id', label: '商品 ID', value: '10000012345' },
      { name: 'title', label: '标题', value: '316 不锈钢保温杯 500ml' },
      { name: 'sales_price', label: '价格（分）', value: '9900' },
      { name: 'shop_nickname', label: '店铺', value: '杯子小店' },
      { name: 'head_image', label: '图片地址', value: '' },
      { name: 'shop_head_image', label: '店铺头像地址', value: '' },
    ]),
  },
  {
    icon: '单',
    label: '订单',
    run: form('channels_shop_order', '发送视频号订单', [
      { name: 'order_id', label: '订单号', value: '3705115058471208928' },
      { name: 'product_titles', label: '商品', value: '316 不锈钢保温杯 500ml' },
      { name: 'price_wording', label: '金额', value: '¥99.00' },
      { name: 'state', label: '状态', value: '待发货' },
      { name: 'shop_nickname', label: '店铺', value: '杯子小店' },
      { name: 'image_url', label: '图片地址', value: '' },
    ]),
  },
  { icon: '号', label: '视频号', run: sendChannels },
  { icon: '菜', label: '菜单', run: sendMenu },
  { icon: '议', label: '会议', run: () => sendMessage('meeting') },
  { icon: '程', label: '日程', run: () => sendMessage('calendar') },
  { icon: '记', label: '笔记', run: () => sendMessage('note') },
  { icon: '进', label: '从链接进入', run: enterByLink },
  { icon: '拒', label: '拒收/恢复', run: toggleBlock },
  { icon: '其', label: '其他类型', run: sendOther },
]

async function sendLocation() {
  const answer = await ask('发送位置', [
    { name: 'name', label: '名称', value: '广州塔' },
    { name: 'address', label: '地址', value: '广东省广州市海珠区阅江西路222号' },
    { name: 'latitude', label: '纬度', value: '23.106021' },
    { name: 'longitude', label: '经度', value: '113.320503' },
  ])
  if (answer === undefined) return
  const { latitude, longitude, ...names } = answer
  await sendMessage('location', { latitude: Number(latitude), longitude: Number(longitude), ...names })
}

async function sendLink() {
  const answer = await ask('发送链接', [
    { name: 'title', label: '标题', value: '秋季新品上架' },
    { name: 'desc', label: '描述', value: '全场八折，本周日截止' },
    { name: 'url', label: '网址', value: 'https://example.com/sale' },
  ])
  if (answer !== undefined) await sendMessage('link', { ...answer, pic_url: '' })
}

async function sendMiniprogram() {
  const answer = await ask('发送小程序', [
    { name: 'title', label: '标题', value: '会员中心' },
    { name: 'appid', label: 'appid', value: 'wx1234567890abcdef' },
    { name: 'pagepath', label: '页面', value: 'pages/index.html' },
  ])
  if (answer === undefined) return
  const thumb_media_id = await addMedia('image', await samplePicture(answer.title ?? ''))
  await sendMessage('miniprogram', { ...answer, thumb_media_id })
}

async function sendCard() {
  const userid = account().servicers[0]?.userId ?? 'zhangsan'
  await form('business_card', '发送企业微信名片', [{ name: 'userid', label: '成员 userid', value: userid }])()
}

async function sendChannels() {
  const answer = await ask('发送视频号内容', [
    {
      name: 'sub_type',
      label: '类型',
      value: '1',
      options: [
        ['1', '动态'],
        ['2', '直播'],
        ['3', '名片'],
      ],
    },
    { name: 'nickname', label: '视频号', value: '杯子小店' },
    { name: 'title', label: '标题（动态才有）', value: '保温杯怎么洗？' },
  ])
  if (answer === undefined) return
  const { sub_type, nickname, title } = answer
  await sendMessage('channels', { sub_type: Number(sub_type), nickname, ...(sub_type === '1' ? { title } : {}) })
}

/** One that the customer had from somebody else and passes on. */
async function sendMenu() {
  const answer = await ask('转发菜单', [
    { name: 'head_content', label: '开头', value: '请选择要咨询的问题' },
    { name: 'items', label: '选项（一行一个）', value: '退换货\n查物流', isLong: true },
  ])
  if (answer === undefined) return
  const items = (answer.items ?? '').split('\n').filter((line) => line.trim() !== '')
  const list = items.map((content, index) => ({ type: 'click', click: { id: String(index + 1), content } }))
  await sendMessage('msgmenu', { head_content: answer.head_content, list })
}

async function enterByLink() {
  const answer = await ask('客户从客服链接进入', [
    { name: 'url', label: '客服链接（add_contact_way 返回的；留空就用下面两项）', value: '' },
    { name: 'scene', label: '场景值 scene', value: 'website' },
    { name: 'sceneParam', label: '场景参数 scene_param', value: '' },
  ])
  if (answer === undefined) return
  const { url, ...scene } = answer
  if (url) await enterBy(url)
  else await control('customerEnters', { ...place(), ...scene })
}

async function toggleBlock() {
  const { blockedByCustomer } = await control('conversation', place())
  await control('customerBlocks', { ...place(), on: !blockedByCustomer })
}

async function sendOther() {
  const answer = await ask('发送任意类型', [
    { name: 'msgtype', label: 'msgtype', value: 'text' },
    { name: 'body', label: '内容（JSON，可以为空）', value: '{"content":"你好"}', isLong: true },
  ])
  if (answer === undefined) return
  await sendMessage(answer.msgtype ?? '', answer.body?.trim() === '' ? undefined : JSON.parse(answer.body ?? ''))
}

/** @param {boolean} isOpen */
export function showPanel(isOpen) {
  element('panel').hidden = !isOpen
  element('plus').setAttribute('aria-expanded', String(isOpen))
}

element('plus').addEventListener('click', () => showPanel(element('panel').hidden))
element('panel').append(
  ...TILES.map(({ icon, label, run }) => {
    const face = make('span', '', icon)
    face.setAttribute('aria-hidden', 'true')
    const tile = makeButton('tile', face, () => {
      showPanel(false)
      attempt(run)
    })
    tile.append(make('span', '', label))
    return tile
  }),
)
