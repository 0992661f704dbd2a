/** On which line of a JSON text each of its values begins, for errors that people can follow. The text must be valid JSON. */

/** By path, e.g. `menus.main.items.0.text`; '' is the whole. Lines count from 1. */
export function locateJson(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  let at = 0
  let line = 1

  const skip = (): void => {
    for (; at < text.length && /[\s,:]/.test(text[at] ?? ''); at += 1) if (text[at] === '\n') line += 1
  }
  const readString = (): string => {
    const start = at
    for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
    at += 1
    return JSON.parse(text.slice(start, at)) as string
  }
  const readValue = (path: readonly string[]): void => {
    skip()
    lines.set(path.join('.'), line)
    const open = text[at]
    if (open === '{' || open === '[') {
      at += 1
      for (let index = 0; ; index += 1) {
        skip()
        if (text[at] === '}' || text[at] === ']') break
        const key = open === '{' ? readString() : String(index)
        readValue([...path, key])
      }
      at += 1
    } else if (open === '"') readString()
    else while (at < text.length && !/[\s,\]}]/.test(text[at] ?? '')) at += 1
  }

  readValue([])
  return lines
}
