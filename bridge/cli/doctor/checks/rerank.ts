import { createRerank } from '../../../knowledge/rerank.ts'
import { defineCheck } from '../check.ts'
import { explainVendorError, vendorFindings } from '../vendor-findings.ts'

const DEADLINE_MS = 10_000

export const rerank = defineCheck({
  name: 'rerank',
  about: { zh: '重排模型', en: 'reranking' },
  deadlineMs: 20_000,
  findings: {
    ...vendorFindings,
    unused: { level: 'skipped', says: { zh: '没有设置，按检索的顺序', en: 'not set: the order of the search stands' } },
  },
  async run({ config }, signal) {
    if (config?.rerank === undefined) return [{ key: 'unused' }]
    const name = config.rerank.model
    const startedAt = performance.now()
    try {
      await createRerank(config.rerank, { deadlineMs: DEADLINE_MS })('你好', ['您好', '再见'], signal)
      return [{ key: 'ok', values: { name, ms: Math.round(performance.now() - startedAt) } }]
    } catch (error) {
      return [explainVendorError(name, error)]
    }
  },
})
