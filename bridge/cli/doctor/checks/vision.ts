import { isAppError } from '../../../../shared/app-error.ts'
import { createDescribePicture } from '../../../parse/media/describe-picture.ts'
import { defineCheck } from '../check.ts'

const SIDE_PX = 64

/** Without it everything else works, so its faults are warnings. */
export const vision = defineCheck({
  name: 'vision',
  about: { zh: '看图的模型', en: 'the model that sees' },
  deadlineMs: 30_000,
  findings: {
    ok: { level: 'ok', says: { zh: '{name} 有回应（{ms} 毫秒）', en: '{name} answers ({ms} ms)' } },
    unused: {
      level: 'skipped',
      says: { zh: '没有设置，图片只识别文字', en: 'not set: of pictures only the text is read' },
    },
    failed: {
      level: 'warning',
      says: { zh: '{name} 用不了（{why}）', en: '{name} can not be used ({why})' },
      todo: {
        zh: '核对 VISION_API_KEY、VISION_BASE_URL、VISION_MODEL：模型要能看图',
        en: 'check VISION_API_KEY, VISION_BASE_URL and VISION_MODEL: it has to be one that sees',
      },
    },
  },
  async run({ config, fetch }, signal) {
    if (config?.vision === undefined) return [{ key: 'unused' }]
    const name = config.vision.model
    const { default: sharp } = await import('sharp')
    const white = { width: SIDE_PX, height: SIDE_PX, channels: 3, background: 'white' } as const
    const picture = await sharp({ create: white }).jpeg().toBuffer()
    const startedAt = performance.now()
    try {
      await createDescribePicture({ ...config.vision, fetch })(picture, signal)
      return [{ key: 'ok', values: { name, ms: Math.round(performance.now() - startedAt) } }]
    } catch (error) {
      if (!isAppError(error, 'vision.unavailable')) throw error
      return [{ key: 'failed', values: { name, why: String(error.details.why ?? '') } }]
    }
  },
})
