import { describe, expect, it } from 'vitest'
import { describeReport } from '../../../../../bridge/cli/knowledge/describe-report.ts'

const NOTHING = { added: 0, changed: 0, unchanged: 0, removed: 0, chunks: 0, failed: [], error: '' }
const say = ({ zh }: { zh: string }) => zh

describe('describeReport', () => {
  it('names a row of a table by its question', () => {
    const failed = [{ uri: 'faq.csv#6ee0743', title: '带图的？', why: '附件不存在：a.png' }]
    expect(describeReport('/kb', { ...NOTHING, failed }, say)).toContain('\n  faq.csv「带图的？」: 附件不存在：a.png')
  })

  it('says when there was nothing to read', () => {
    expect(describeReport('/empty', NOTHING, say)).toContain('里面没有可以读取的内容')
    expect(describeReport('/kb', { ...NOTHING, unchanged: 1 }, say)).not.toContain('里面没有')
    expect(describeReport('/kb', { ...NOTHING, error: '没有读取权限' }, say)).not.toContain('里面没有')
  })
})
