// What people write next to an address without a space, Chinese words above all, is no part of it.
const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,2000}/gi
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' }

/** The http(s) addresses in a text, each once, in their order. */
export function findLinks(text: string): string[] {
  const found = [...text.matchAll(ADDRESS)].map(([address]) => trimEnd(address))
  return [...new Set(found)].filter((address) => URL.canParse(address))
}

/** Without the punctuation of the sentence; a bracket stays when it was opened within. */
function trimEnd(address: string): string {
  let end = address.length
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? ''
    const opening = CLOSING[last]
    if (opening !== undefined && address.slice(0, end - 1).includes(opening)) break
    if (opening === undefined && !".,;:!?'*".includes(last)) break
  }
  return address.slice(0, end)
}
