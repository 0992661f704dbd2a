/** Answers from a file, for machines that nobody sits at. Every answer is looked at as a typed one is. */
import type { Language, Text } from '../language.ts'
import { usageError } from '../usage-error.ts'
import type { Asker, Mark } from './asker.ts'

export interface FileAskerOptions {
  answers: Readonly<Record<string, string | undefined>>
  /** Of the file, for what is said about it. */
  path: string
  language: Language
  write: (text: string) => void
}

const MARKS: Readonly<Record<Mark, string>> = { ok: '✓', info: '·', warning: '!', failure: '✗' }

export function createFileAsker({ answers, path, language, write }: FileAskerOptions): Asker {
  const say = (text: Text) => text[language]
  const wrong = (key: string, why: Text) => usageError(`${path}: ${key}: ${say(why)}`)
  const given = (key: string) => answers[key]?.trim() || undefined
  const missing: Text = { zh: '没有写', en: 'is missing' }

  return {
    canAskAgain: false,
    async choose(key, _question, { choices, initial }) {
      const value = given(key) ?? initial
      const names = choices.map((choice) => choice.value).join(', ')
      if (value === undefined) throw wrong(key, { zh: `没有写，可以是 ${names}`, en: `is missing, one of ${names}` })
      const choice = choices.find((one) => one.value === value)
      if (choice === undefined) throw wrong(key, { zh: `只能是 ${names}`, en: `must be one of ${names}` })
      return choice.value
    },
    async text(key, _question, { initial, check } = {}) {
      const value = given(key) ?? initial
      if (value === undefined || value === '') throw wrong(key, missing)
      const fault = check?.(value)
      if (fault !== undefined) throw wrong(key, fault)
      return value
    },
    async confirm(key, _question, { initial }) {
      const value = given(key)
      if (value === undefined) return initial
      if (value !== 'yes' && value !== 'no') throw wrong(key, { zh: '只能是 yes 或 no', en: 'must be yes or no' })
      return value === 'yes'
    },
    show(title, lines) {
      write(`${say(title)}\n${lines.map((line) => `    ${line}\n`).join('')}`)
    },
    tell: (mark, text) => write(`${MARKS[mark]} ${say(text)}\n`),
    async wait(what, work) {
      write(`… ${say(what)}\n`)
      const update = (text: Text) => write(`… ${say(text)}\n`)
      return work({ update, signal: new AbortController().signal })
    },
  }
}
