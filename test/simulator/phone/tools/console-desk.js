// @ts-check
/** The page of the admin console where a developer sets the callback and finds 企业ID and Secret: kf.weixin.qq.com → 开发配置, or a self-built app. */
import { make, makeButton } from '../make-node.js'
import { attempt, control } from '../simulator.js'
import { element } from '../view.js'
import { onOpen } from './tool-drawer.js'

/** @param {string} said What came of saving; '' before. */
async function render(said = '') {
  const { corpId, mode, callbackUrl, secret } = await control('consolePage')
  const isNative = mode === 'native'
  element('console').replaceChildren(
    make('p', 'hint', isNative ? '独立版：kf.weixin.qq.com → 开发配置' : '企业微信版：自建应用 → 接收消息，与应用详情'),
    make('p', 'name', `企业ID：${corpId}`),
    make('p', 'name', secret === null ? 'Secret：回调地址验证通过之后才显示' : `Secret：${secret}`),
    form(callbackUrl, isNative ? '完成' : '保存', said),
  )
}

/** @param {string} callbackUrl @param {string} label @param {string} said */
function form(callbackUrl, label, said) {
  const url = field('URL', callbackUrl)
  const token = field('Token', '')
  const aesKey = field('EncodingAESKey', '')
  const told = make('p', 'hint', said)
  told.setAttribute('role', 'status')
  const save = makeButton('send', label, () =>
    attempt(async () => {
      told.textContent = ''
      const fault = faultOf(url.value.trim(), token.value.trim(), aesKey.value.trim())
      if (fault !== '') {
        told.textContent = fault
        return
      }
      const input = { url: url.value.trim(), token: token.value.trim(), aesKey: aesKey.value.trim() }
      const { ok, reason } = await control('saveCallback', input)
      if (ok) await render('回调地址验证通过，已保存')
      else told.textContent = `回调地址请求不通过（${reason}）`
    }),
  )
  const rows = [url, token, aesKey].map((input) => make('label', '', input.name, input))
  return make('div', 'fields', ...rows, save, told)
}

/** @param {string} url @param {string} token @param {string} aesKey */
function faultOf(url, token, aesKey) {
  if (!/^https?:\/\//.test(url)) return 'URL 以 http:// 或 https:// 开头'
  if (!/^[A-Za-z0-9]{1,32}$/.test(token)) return 'Token 是 1 到 32 位字母或数字'
  return /^[A-Za-z0-9]{43}$/.test(aesKey) ? '' : 'EncodingAESKey 是 43 位字母或数字'
}

/** @param {string} name @param {string} value */
function field(name, value) {
  const input = /** @type {HTMLInputElement} */ (make('input', ''))
  input.name = name
  input.value = value
  input.setAttribute('aria-label', name)
  return input
}

onOpen('console', () => attempt(() => render()))
