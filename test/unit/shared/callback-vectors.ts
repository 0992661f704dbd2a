/**
 * Callbacks that others encrypted: the platform's own samples (A, B, C, E; developer.work.weixin.qq.com/document/path/90968
 * and its sample repositories), those of the wechatpy project (W1, W2), and three of our own for customer service events,
 * made with an independent implementation (K1, K2, K3).
 */
export interface CallbackVector {
  label: string
  token: string
  encodingAesKey: string
  corpId: string
  timestamp: string
  nonce: string
  signature: string
  ciphertext: string
  message: string
  /** The 16 random bytes, as text. */
  random?: string
  pad?: number
}

/** The set that the platform publishes, and that the Worker's tests are configured with. */
export const PUBLISHED_KEYS = {
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  corpId: 'wx5823bf96d3bd56c7',
}

/** Its AESKey ends in bits that a strict base64 decoder refuses. */
export const WECHATPY_KEYS = {
  token: '123456',
  encodingAesKey: 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR',
  corpId: 'wx49f0ab532d5d035a',
}

export const ECHOSTR_A: CallbackVector = {
  label: 'A: echostr',
  ...PUBLISHED_KEYS,
  timestamp: '1409659589',
  nonce: '263014780',
  signature: '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3',
  ciphertext: 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==',
  message: '1616140317555161061',
  random: 'c41b64491c2468d0',
  pad: 7,
}

export const XML_B: CallbackVector = {
  label: 'B: XML, padded by more than an AES block',
  ...PUBLISHED_KEYS,
  timestamp: '1409659813',
  nonce: '1372623149',
  signature: '477715d11cdb4164915debcba66cb864d751f3e6',
  ciphertext:
    'RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==',
  message:
    '<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>',
  random: '0960688932c47ef1',
  pad: 30,
}

export const JSON_C: CallbackVector = {
  label: 'C: JSON of the Go sample',
  ...PUBLISHED_KEYS,
  timestamp: '1409659813',
  nonce: '1372623149',
  signature: '0623cbc5a8cbee5bcc137c70de99575366fc2af3',
  ciphertext:
    'CZWs4CWRpI4VolQlvn4dlEC1alN2MUEY2VklGehgBVLBrlVF7SyT+SV+Toj43l4ayJ9UMGKphktKKmP7B2j/P1ey67XB8PBgS7Wr5/8+w/yWriZv3Vmoo/MH3/1HsIWZrPQ3N2mJrelStIfI2Y8kLKXA7EhfZgZX4o+ffdkZDM76SEl79Ib9mw7TGjZ9Aw/x/A2VjNbV1E8BtEbRxYYcQippYNw7hr8sFfa3nW1xLdxokt8QkRX83vK3DFP2F6TQFPL2Tu98UwhcUpPvdJBuu1/yiOQIScppV3eOuLWEsko=',
  message:
    '{"ToUserName":"wx5823bf96d3bd56c7","FromUserName":"mycreate","CreateTime": 1409659813,"MsgType":"text","Content":"hello","MsgId":4561255354251345929,"AgentID": 218}',
  random: 'EDH75AiKExevY8L3',
  pad: 22,
}

/** Decrypts well, but its message is not JSON: the sample has a colon where a quote belongs. */
export const BROKEN_JSON_E: CallbackVector = {
  label: 'E: JSON of the PHP sample',
  ...PUBLISHED_KEYS,
  timestamp: '1409659813',
  nonce: '1372623149',
  signature: '1f3153b7abd0ba99b4ab2e57fac2376110d03a3c',
  ciphertext:
    'pvXgeha3nZ7UQ2DG3WD3IVsNJR38QVl1+h+wmLQHIAwEG3Jey2aTZtvAWzhEZ9JEKGwIUMBWX3JlUhfo7O7WbvI10vHIsdSNr1nr3LuOwAfnwLJAMQNDxi5tHUl08Op59jxOL73r8+g60KOxMTaFwXzlr9Yxgq5ey5nzNb/2vDjjvDZNXkJVmL/XWnv6PXrVbTpNxphqWRv2BpPYqvwRMkHgdFliatljMVlkkRHS40FOHmtBhj/4RXtIexfDx8opBXwi0L9RTlYNQzGx+FA+74xVHG7Le/pmNDwc2Ri5mbw=',
  message:
    '{ "ToUserName": "wx5823bf96d3bd56c7", "FromUserName": :mycreate", "CreateTime": 1409659813, "MsgType": "text", "Content": "hello", "MsgId": 4561255354251345929, "AgentID": 218}',
}

export const ECHOSTR_W1: CallbackVector = {
  label: 'W1: echostr under a key with trailing bits',
  ...WECHATPY_KEYS,
  timestamp: '1411443780',
  nonce: '437374425',
  signature: 'dd6b9c95b495b3f7e2901bfbc76c664930ffdb96',
  ciphertext: '4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==',
  message: '5927782489442352469',
}

export const XML_W2: CallbackVector = {
  label: 'W2: XML under a key with trailing bits',
  ...WECHATPY_KEYS,
  timestamp: '1411525903',
  nonce: '461056294',
  signature: '407518b7649e86ef23978113f92d27afa9296533',
  ciphertext:
    '9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZgURnAtObvesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3',
  message:
    '<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n<ToUserName><![CDATA[messense]]></ToUserName>\n<AgentID>1</AgentID>\n<CreateTime>1411525903</CreateTime>\n</xml>',
  random: '1234567890123456',
}

const OWN = { ...PUBLISHED_KEYS, timestamp: '1700000000', nonce: '98765', random: '0123456789abcdef' }

export const NUDGE_K1: CallbackVector = {
  label: 'K1: a nudge as XML',
  ...OWN,
  signature: 'e137d7b49a8f67aa16d015dcd73e2aa12e665ab3',
  ciphertext:
    'sKqRbbiSUnDhFHOvPjtUMSx8h7o/LJsEiawsYAMHrtKIZZHoTxB0SEvSpJ3yw52dXI6JSSs+haCvGVqubdKr5bY8QaFmYPV9eiUSWJcKtptomirmZmmTNBqnmI7r5zkRy4JHEvqrTgi09nS3MSgYYHiN9OU1RAezKgApGzXNebcxek+TQnePlyP0XGAee5LblKwQe1TbaVRQaJati00eyzi9H3JXgKmJIQDpl4uORLtGLceNbNDkEmtOgGjZg5sIucbVmh2oDydDVblcuac3WZxo66hWuygOT/G2V9tXE/3mGnTjJmTtU+Fd3aa760J0ww80tXnjovTm/gquDdka1jJBT50RH0zSuY9Q472FzDVbAzcTzCpR9lt6ZkXFQxrEHXhH+AW23CHWdrIVctk6nq/Aoo4lr45G3eEJfSmQGNg=',
  message:
    '<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[ENCtestTOKEN123]]></Token><OpenKfId><![CDATA[wkTEST_0001]]></OpenKfId></xml>',
  pad: 17,
}

export const NUDGE_K2: CallbackVector = {
  label: 'K2: a nudge as JSON, padded by a whole block',
  ...OWN,
  signature: '5096083f89e5d2e650f387fe604e97ca5c8e7dc0',
  ciphertext:
    'sKqRbbiSUnDhFHOvPjtUMYXpCrx6H+cmDp16fS/eznWhcfi3Bj4TPyjzvVSIXqqohnzjTGTqQzL3CBQZL+kL6QmFRxPFQGTF4S2jHo+cjH8SM0+wMowEiwV7H98ghUB4PcPixcahFSyomyJDqPaiTbR1G0NZUt3d/OS8pH7HAKDTTARLfHCbcbxsBad9TiwGjSSd936wOi55de+qiV9n/L5FS8NBkzFxIX89M3VFPULngMfZpLTTZDlgaltSTGemHmAtn8Z2jy80jNaOUnBKQPO9DKG7RO+Pl/e6xljXzf0=',
  message:
    '{"ToUserName":"wx5823bf96d3bd56c7","CreateTime":1348831860,"MsgType":"event","Event":"kf_msg_or_event","Token":"ENCtestTOKEN123","OpenKfId":"wkTEST_0001"}',
  pad: 32,
}

export const CHINESE_K3: CallbackVector = {
  label: 'K3: Chinese, counted in bytes',
  ...OWN,
  signature: '0e9e2dae4e8c45981505fbc05a9034c4859be7f7',
  ciphertext: 'sKqRbbiSUnDhFHOvPjtUMdWllH8X1JlMuOBbzN/r4G9gMC7Qjeh08OSNWPL+uzfQiR8tj580rdT7WAxwIj9H+Q==',
  message: '客服测试',
  pad: 14,
}

export const CALLBACK_VECTORS: readonly CallbackVector[] = [
  ECHOSTR_A,
  XML_B,
  JSON_C,
  BROKEN_JSON_E,
  ECHOSTR_W1,
  XML_W2,
  NUDGE_K1,
  NUDGE_K2,
  CHINESE_K3,
]
