/** The id of the menu item that a customer tapped; '' for words that they wrote. https://developer.work.weixin.qq.com/document/path/94670 */
export function readTap(raw: string): string {
  // Most messages are none, and parsing costs more than looking.
  if (!raw.includes('"menu_id"')) return ''
  try {
    const { text } = JSON.parse(raw) as { text?: { menu_id?: unknown } }
    return typeof text?.menu_id === 'string' ? text.menu_id : ''
  } catch {
    return ''
  }
}
