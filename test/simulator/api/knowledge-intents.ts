/** kf/knowledge/add_intent, mod_intent, del_intent and list_intent. Source: developer.work.weixin.qq.com/document/path/95972 */
import type { Intent } from '../knowledge-base.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import {
  type ApiCall,
  type ApiHandler,
  optionalList,
  optionalString,
  requireLength,
  requireObject,
  requireString,
} from './api-call.ts'
import { findGroup } from './knowledge-groups.ts'
import { readPage } from './list-page.ts'
import { findMedia } from './media.ts'

const MAX_INTENTS = 200
const MAX_SIMILAR = 100
const MAX_QUESTION = 200
const MAX_ANSWER = 500
const MAX_ATTACHMENTS = 4

type Fields = Readonly<Record<string, unknown>>

export const addIntent: ApiHandler = (platform, { body }) => {
  const { knowledge } = platform
  const group = findGroup(platform, requireString(body, 'group_id'))
  const question = readQuestion(requireObject(body, 'question'))
  const similarQuestions = readSimilar(body)
  const answers = readAnswers(platform, body)
  if (group.intents.size >= MAX_INTENTS) refuse(40058, `a group has at most ${MAX_INTENTS} intents`)
  checkUnique(platform, [question, ...similarQuestions])
  return { intent_id: knowledge.addIntent(group.groupId, { question, similarQuestions, answers }).intentId }
}

/** Each part that is given replaces the whole part. */
export const modifyIntent: ApiHandler = (platform, { body }) => {
  const intent = findIntent(platform, requireString(body, 'intent_id'))
  const question = body.question === undefined ? intent.question : readQuestion(requireObject(body, 'question'))
  const similarQuestions = body.similar_questions === undefined ? intent.similarQuestions : readSimilar(body)
  const answers = body.answers === undefined ? intent.answers : readAnswers(platform, body)
  checkUnique(platform, [question, ...similarQuestions], intent)
  Object.assign(intent, { question, similarQuestions, answers })
  return {}
}

export const deleteIntent: ApiHandler = (platform, { body }) => {
  platform.knowledge.removeIntent(findIntent(platform, requireString(body, 'intent_id')).intentId)
  return {}
}

export const listIntents: ApiHandler = (platform, { body }) => {
  const { intents } = platform.knowledge
  const groupId = optionalString(body, 'group_id')
  const intentId = optionalString(body, 'intent_id')
  const ofGroup = groupId === '' ? intents : findGroup(platform, groupId).intents
  const among = intentId === '' ? ofGroup : new Map([[intentId, findIntent(platform, intentId)]])
  const { entries, nextCursor, hasMore } = readPage(among, body)
  const isNested = platform.switches.intentPartsNested
  return {
    next_cursor: nextCursor,
    has_more: hasMore ? 1 : 0,
    intent_list: entries.map((intent) => toEntry(platform, intent, isNested)),
  }
}

function toEntry(platform: Platform, intent: Intent, isNested: boolean) {
  const { groupId: group_id, intentId: intent_id, question, similarQuestions, answers } = intent
  const text = { content: question }
  const rest = {
    similar_questions: { items: similarQuestions.map((content) => ({ text: { content } })) },
    answers: answers.map((answer) => toAnswer(platform, answer as Fields)),
  }
  return { group_id, intent_id, ...(isNested ? { question: { text, ...rest } } : { question: { text }, ...rest }) }
}

/** Pictures and videos come back under their names, without an id to download them by. */
function toAnswer({ media }: Platform, answer: Fields) {
  const attachments = (answer.attachments ?? []) as Fields[]
  return {
    ...answer,
    attachments: attachments.map((attachment) => {
      const type = String(attachment.msgtype)
      if (type !== 'image' && type !== 'video') return attachment
      const { media_id } = attachment[type] as { media_id: string }
      return { msgtype: type, [type]: { name: media.get(media_id)?.filename ?? '' } }
    }),
  }
}

function findIntent({ knowledge }: Platform, intentId: string): Intent {
  const intent = knowledge.intents.get(intentId)
  if (intent === undefined) refuse(40058, 'no such intent')
  return intent
}

function readText(fields: Fields, max: number, name: string): string {
  return requireLength(requireString(requireObject(fields, 'text'), 'content'), max, name)
}

function readQuestion(question: Fields): string {
  return readText(question, MAX_QUESTION, 'question')
}

function readSimilar(body: ApiCall['body']): string[] {
  const similar = body.similar_questions === undefined ? {} : requireObject(body, 'similar_questions')
  return optionalList(similar, 'items', MAX_SIMILAR).map((item) => readQuestion(toFields(item, 'similar question')))
}

function readAnswers(platform: Platform, body: ApiCall['body']): readonly unknown[] {
  const answers = optionalList(body, 'answers', 1)
  if (answers.length !== 1) refuse(40058, 'answers must hold exactly one answer')
  for (const answer of answers) {
    const fields = toFields(answer, 'answer')
    readText(fields, MAX_ANSWER, 'answer')
    for (const attachment of optionalList(fields, 'attachments', MAX_ATTACHMENTS)) {
      checkAttachment(platform, toFields(attachment, 'attachment'))
    }
  }
  return answers
}

function checkAttachment(platform: Platform, attachment: Fields): void {
  const type = requireString(attachment, 'msgtype')
  const check = (fields: Fields, mediaKey: string, mediaType: string) => {
    const file = findMedia(platform, requireString(fields, mediaKey))
    if (file.type !== mediaType) refuse(40007, `${mediaKey} was uploaded as ${file.type}, not as ${mediaType}`)
  }
  switch (type) {
    case 'image':
    case 'video':
      check(requireObject(attachment, type), 'media_id', type)
      break
    case 'link': {
      const link = requireObject(attachment, type)
      requireString(link, 'title')
      if (!/^https?:\/\//i.test(requireString(link, 'url'))) refuse(40094, 'a link must begin with http:// or https://')
      break
    }
    case 'miniprogram': {
      const card = requireObject(attachment, type)
      requireString(card, 'appid')
      requireString(card, 'pagepath')
      check(card, 'thumb_media_id', 'image')
      break
    }
    default:
      refuse(40008, 'an attachment is an image, a video, a link or a miniprogram')
  }
}

/** A question is known once in the whole base. */
function checkUnique({ knowledge }: Platform, questions: readonly string[], own?: Intent): void {
  const asked = new Set(questions)
  if (asked.size < questions.length) refuse(511020, 'a question is given twice')
  for (const intent of knowledge.intents.values()) {
    if (intent === own) continue
    if (asked.has(intent.question) || intent.similarQuestions.some((question) => asked.has(question))) {
      refuse(511020, 'another intent has this question')
    }
  }
}

function toFields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(40058, `${name} must be an object`)
  return value as Fields
}
