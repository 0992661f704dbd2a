/** Changes settings in the text of a file such as `.env`; every other line, known or not, stays as it is and where it is. */
import { parseEnv } from 'node:util'

/** Sets each name to its value, in the line that counts now, else at the end. Throws for a value that no such file can hold. */
export function editEnv(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((edited, [name, value]) => setOne(edited, name, value), text)
}

function setOne(text: string, name: string, value: string): string {
  if (parseEnv(text)[name] === value) return text
  const line = `${name}=${quote(name, value)}`
  const lines = text.split('\n')
  // Of several lines the last one counts.
  const at = lines.findLastIndex((one) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(one))
  const isIn = (edited: string) => parseEnv(edited)[name] === value
  if (at >= 0) {
    const edited = lines.with(at, line).join('\n')
    // A value of several lines, or one in quotes that hold the name, is not taken apart: the line at the end counts.
    if (isIn(edited) && keepsOthers(text, edited, name)) return edited
  }
  const body = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${body}${line}\n`
}

function keepsOthers(before: string, after: string, name: string): boolean {
  const others = (text: string) => JSON.stringify(Object.entries(parseEnv(text)).filter(([key]) => key !== name))
  return others(before) === others(after)
}

/** In the plainest form that is read back as it was. */
function quote(name: string, value: string): string {
  const forms = [value, `"${value}"`, `'${value}'`, `\`${value}\``]
  const form = forms.find((one) => parseEnv(`${name}=${one}\n`)[name] === value && !one.includes('\n'))
  if (form === undefined) throw new RangeError(`${name} has a value that no file of settings can hold`)
  return form
}
