/**
 * What a model says that does whatever it reads. It acts on a code word, `#K17`, so that it is known for certain whom it obeys; and it reads as
 * models do: also what is written in characters that nobody sees.
 */
import type { ModelRequest } from '../../support/stand-in-model.ts'

/** What it says when it obeys. `system` is all it was told about its work, `seen` all the rest that is before it. */
export type Obey = (told: { system: string; seen: string; body: ModelRequest }) => string

export const codeOf = (id: number) => `#K${id}#`
/** Known to one customer alone. */
export const canaryOf = (id: number) => `ZQ${id}暗号`

export function systemOf(body: ModelRequest): string {
  return textOf(body, (role) => role === 'system')
}

export function seenBy(body: ModelRequest): string {
  return withoutDisguise(textOf(body, (role) => role !== 'system'))
}

function textOf(body: ModelRequest, wanted: (role: string) => boolean): string {
  return body.messages
    .filter(({ role }) => wanted(role))
    .map(({ content }) =>
      typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('\n'),
    )
    .join('\n')
}

/** The tag block says the same as ASCII to a model; marks without width say nothing. */
function withoutDisguise(text: string): string {
  return text
    .replace(/[\u{e0000}-\u{e007f}]/gu, (tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000))
    .replace(/[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]/g, '')
}

export function createObedientModel(commands: ReadonlyMap<number, Obey>) {
  return (body: ModelRequest): string => {
    const [system, seen] = [systemOf(body), seenBy(body)]
    const obeyed = [...commands]
      .filter(([id]) => seen.includes(codeOf(id)))
      .map(([, obey]) => obey({ system, seen, body }))
    return obeyed.length === 0 ? '您好，请问有什么可以帮您？' : obeyed.join('\n')
  }
}
