import { createEmbed } from '../../../knowledge/create-embed.ts'
import { defineCheck } from '../check.ts'
import { explainVendorError, vendorFindings } from '../vendor-findings.ts'

export const embedding = defineCheck({
  name: 'embedding',
  about: { zh: '向量模型', en: 'embeddings' },
  deadlineMs: 20_000,
  findings: {
    ...vendorFindings,
    unused: {
      level: 'skipped',
      says: { zh: '没有设置，知识库只按词检索', en: 'not set: the knowledge base is searched by words alone' },
    },
  },
  async run({ config }, signal) {
    if (config?.embedding === undefined) return [{ key: 'unused' }]
    const name = config.embedding.model
    const startedAt = performance.now()
    try {
      await createEmbed(config.embedding)(['你好'], signal)
      return [{ key: 'ok', values: { name, ms: Math.round(performance.now() - startedAt) } }]
    } catch (error) {
      return [explainVendorError(name, error)]
    }
  },
})
