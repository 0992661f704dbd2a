/** Questions on a terminal. */
import type { Readable, Writable } from 'node:stream'
import { confirm, isCancel, log, password, select, spinner, text } from '@clack/prompts'
import { AppError } from '../../../shared/app-error.ts'
import type { Language, Text } from '../language.ts'
import type { Asker, Mark } from './asker.ts'

export interface TerminalAskerOptions {
  language: Language
  /** The process's own but for tests. */
  input?: Readable
  output?: Writable
}

export function createTerminalAsker({ language, ...streams }: TerminalAskerOptions): Asker {
  const say = (words: Text) => words[language]
  const tell: Readonly<Record<Mark, (words: string) => void>> = {
    ok: (words) => log.success(words, streams),
    info: (words) => log.info(words, streams),
    warning: (words) => log.warn(words, streams),
    failure: (words) => log.error(words, streams),
  }

  return {
    canAskAgain: true,
    async choose(_key, question, { choices, initial }) {
      const options = choices.map(({ value, label }) => ({ value: value as string, label: say(label) }))
      const first = initial === undefined ? {} : { initialValue: initial as string }
      // The library's own hint is in English only.
      const hint = language === 'en' ? {} : { showInstructions: false }
      const message = say({ zh: `${question.zh} ↑↓ 选择，回车确定`, en: question.en })
      const answer = orStopped(await select<string>({ message, options, ...first, ...hint, ...streams }))
      // It is one of those that were offered.
      return answer as (typeof choices)[number]['value']
    },
    async text(_key, question, { initial, isSecret = false, check } = {}) {
      const validate = (value: string | undefined) => {
        const given = (value ?? '').trim() || initial
        if (given === undefined) return say({ zh: '不能为空', en: 'must not be empty' })
        const fault = check?.(given)
        return fault === undefined ? undefined : say(fault)
      }
      const message = say(question)
      const answer = isSecret
        ? await password({ message, validate, ...streams })
        : await text({ message, validate, ...(initial === undefined ? {} : { initialValue: initial }), ...streams })
      return (orStopped(answer) ?? '').trim() || (initial ?? '')
    },
    async confirm(_key, question, { initial }) {
      const words = { active: say({ zh: '是', en: 'Yes' }), inactive: say({ zh: '否', en: 'No' }) }
      return orStopped(await confirm({ message: say(question), initialValue: initial, ...words, ...streams }))
    },
    show(title, lines) {
      // No box around them: its right side would be copied, too.
      log.step(say(title), streams)
      log.message(lines.join('\n'), streams)
    },
    tell: (mark, words) => tell[mark](say(words)),
    async wait(what, work) {
      const stop = new AbortController()
      const turning = spinner({ onCancel: () => stop.abort(), ...streams })
      turning.start(say(what))
      try {
        const result = await work({ update: (words) => turning.message(say(words)), signal: stop.signal })
        if (stop.signal.aborted) throw stopped()
        turning.stop(say(what))
        return result
      } catch (error) {
        if (stop.signal.aborted) throw stopped()
        turning.error(say(what))
        throw error
      }
    },
  }
}

/** The person pressed Ctrl-C or Escape. */
function stopped(): AppError {
  return new AppError('setup.stopped', 'stopped', { retryable: false })
}

function orStopped<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw stopped()
  return answer as Exclude<T, symbol>
}
