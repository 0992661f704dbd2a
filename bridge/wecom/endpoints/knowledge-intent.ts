/**
 * A question of the platform's own knowledge base with other ways to ask it and its answer.
 * https://developer.work.weixin.qq.com/document/path/95972
 */
import { z } from 'zod'
import type { Limits } from '../limits.ts'

export type NewAttachment =
  | { type: 'image' | 'video'; mediaId: string }
  | { type: 'link'; title: string; url: string; description?: string | undefined; pictureUrl?: string | undefined }
  | { type: 'miniprogram'; appId: string; pagePath: string; thumbMediaId: string; title?: string | undefined }

export interface IntentContent {
  /** At most 200 characters. */
  question: string
  /** At most 100 of at most 200 characters each. */
  similarQuestions: readonly string[]
  /** At most 500 characters. */
  answer: string
  /** At most 4. */
  attachments: readonly NewAttachment[]
}

export interface Intent {
  intentId: string
  groupId: string
  question: string
  similarQuestions: string[]
  answers: { text: string; attachments: { type: string; name: string }[] }[]
}

const longestQuestion = 200

export function toQuestion(limits: Limits, field: string, text: string) {
  return { text: { content: limits.characters(field, text, { max: longestQuestion }) } }
}

export function toSimilarQuestions(limits: Limits, questions: readonly string[]) {
  limits.items('similar_questions.items', questions, { min: 0, max: 100 })
  return { items: questions.map((text, no) => toQuestion(limits, `similar_questions.items.${no}`, text)) }
}

/** The platform takes exactly one answer. */
export function toAnswers(limits: Limits, text: string, attachments: readonly NewAttachment[]) {
  limits.items('answers.attachments', attachments, { min: 0, max: 4 })
  return [
    {
      text: { content: limits.characters('answers.text.content', text, { max: 500 }) },
      ...(attachments.length === 0 ? {} : { attachments: attachments.map(toWireAttachment) }),
    },
  ]
}

function toWireAttachment(attachment: NewAttachment): Record<string, unknown> {
  switch (attachment.type) {
    case 'image':
    case 'video':
      return { msgtype: attachment.type, [attachment.type]: { media_id: attachment.mediaId } }
    case 'link': {
      const { title, url, description, pictureUrl } = attachment
      return { msgtype: 'link', link: { title, url, desc: description, pic_url: pictureUrl } }
    }
    case 'miniprogram': {
      const { appId, pagePath, thumbMediaId, title } = attachment
      return {
        msgtype: 'miniprogram',
        miniprogram: { title, thumb_media_id: thumbMediaId, appid: appId, pagepath: pagePath },
      }
    }
  }
}

const wireText = z.looseObject({ text: z.looseObject({ content: z.string() }).nullish() })
const wireQuestions = z.looseObject({ items: z.array(wireText).nullish() })
const wireAnswers = z.array(wireText.extend({ attachments: z.array(z.record(z.string(), z.unknown())).nullish() }))

/** The page's example nests the other two inside `question`; its table puts them beside it. */
export const intent = z
  .looseObject({
    intent_id: z.string().min(1),
    group_id: z.string().nullish(),
    question: wireText.extend({ similar_questions: wireQuestions.nullish(), answers: wireAnswers.nullish() }).nullish(),
    similar_questions: wireQuestions.nullish(),
    answers: wireAnswers.nullish(),
  })
  .transform(
    ({ intent_id, group_id, question, similar_questions, answers }): Intent => ({
      intentId: intent_id,
      groupId: group_id ?? '',
      question: question?.text?.content ?? '',
      similarQuestions: (similar_questions ?? question?.similar_questions)?.items?.map(contentOf) ?? [],
      answers: (answers ?? question?.answers ?? []).map((answer) => ({
        text: contentOf(answer),
        attachments: (answer.attachments ?? []).map(toAttachmentName),
      })),
    }),
  )

function contentOf({ text }: z.infer<typeof wireText>): string {
  return text?.content ?? ''
}

/** An image or a video comes back as its name, a link or a mini programme with its title. */
function toAttachmentName(attachment: Record<string, unknown>): { type: string; name: string } {
  const type = typeof attachment.msgtype === 'string' ? attachment.msgtype : 'unknown'
  const { data } = z
    .looseObject({ name: z.string().optional(), title: z.string().optional() })
    .safeParse(attachment[type] ?? {})
  return { type, name: data?.name ?? data?.title ?? '' }
}
