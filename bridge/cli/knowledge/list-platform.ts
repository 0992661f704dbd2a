/** The knowledge base of the platform's own bot as FAQ entries. Its attachments can't be fetched back and stay there. */
import { toFaqItems } from '../../knowledge/ingest/list-faq.ts'
import type { SourceListing } from '../../knowledge/ingest/sync-source.ts'
import { listIntents } from '../../wecom/endpoints/list-intents.ts'
import type { Platform } from '../open-platform.ts'
import { readPages } from '../read-pages.ts'

export async function listPlatform({ call }: Pick<Platform, 'call'>): Promise<SourceListing> {
  const intents = await readPages((cursor) => call(listIntents, { cursor }))
  const entries = intents.flatMap(({ question, similarQuestions, answers }) => {
    const answer = answers
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n')
    return question === '' || answer === '' ? [] : [{ question, similar: similarQuestions, answer, attachments: [] }]
  })
  return { items: toFaqItems(entries, { prefix: 'platform' }), isComplete: true }
}
