/** The names and reasons that people and the model are told. */
import type { DocumentKind, UnreadReason } from './reading.ts'

export const KIND_NAMES: Readonly<Record<DocumentKind, string>> = {
  pdf: 'PDF',
  docx: 'Word 文档',
  xlsx: 'Excel 表格',
  xls: 'Excel 表格（xls）',
  csv: 'CSV 表格',
  pptx: 'PPT 演示文稿',
  html: '网页',
  markdown: 'Markdown 文档',
  json: 'JSON 数据',
  text: '文本文件',
  zip: '压缩包',
  doc: '旧版 Word 文档（doc）',
  ppt: '旧版 PPT 演示文稿（ppt）',
  'office-locked': 'Office 文档',
  opendocument: 'OpenDocument 文档',
  ofd: 'OFD 版式文件',
  epub: 'EPUB 电子书',
  rtf: 'RTF 文档',
  archive: '压缩包',
  image: '图片',
  audio: '音频',
  video: '视频',
  program: '程序文件',
  unknown: '文件',
}

/** What to ask for instead. */
const ADVICE: Readonly<Partial<Record<DocumentKind, string>>> = {
  doc: '可以请客户另存为 docx 或 PDF 再发',
  ppt: '可以请客户另存为 pptx 或 PDF 再发',
  ofd: '可以请客户转成 PDF 再发',
  archive: '可以请客户解压后把文件直接发来',
}

const REASONS: Readonly<Record<UnreadReason, string>> = {
  empty: '里面没有可以读取的文字',
  encrypted: '有密码保护，打不开',
  broken: '已损坏或格式不对，打不开',
  scanned: '是扫描件或图片，里面没有可以读取的文字',
  unsupported: '这种格式暂时读不了',
  'too-large': '太大，没有读取',
  'too-long': '太长，没能全部读完，可以拆成几份',
  'too-heavy': '太复杂，没能在限定的时间和内存内读完',
  'verify-page': '网站要求先验证是不是真人，打不开',
  'no-asr': '没有配置语音识别（DEEPSEEK_API_KEY 或 ASR_API_KEY），听不了',
  'asr-failed': '语音识别没有给出结果，可以稍后再读，或用 npm run doctor 检查',
  'no-ffmpeg': '这台机器没有安装 ffmpeg，听不了',
}

/** E.g. 旧版 Word 文档（doc），这种格式暂时读不了，可以请客户…… Of a page it is said elsewhere that it is one. */
export function describeUnread(kind: DocumentKind, reason: UnreadReason): string {
  return [kind === 'html' ? undefined : KIND_NAMES[kind], REASONS[reason], ADVICE[kind]]
    .filter((words) => words !== undefined)
    .join('，')
}
