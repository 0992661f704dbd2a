import { existsSync } from 'node:fs'
import { defineCheck } from '../check.ts'

/** Of the texts in pictures. */
const LANGUAGES = ['chi_sim', 'eng']

export const programs = defineCheck({
  name: 'programs',
  about: { zh: 'ffmpeg 与文字识别', en: 'ffmpeg and text recognition' },
  deadlineMs: 10_000,
  findings: {
    ok: {
      level: 'ok',
      says: { zh: 'ffmpeg 可用，识别数据齐全', en: 'ffmpeg runs, the data to read pictures is there' },
    },
    'no-ffmpeg': {
      level: 'warning',
      says: {
        zh: '没有 ffmpeg，听不了语音，看不了视频',
        en: 'ffmpeg is missing: voices and films can not be understood',
      },
      todo: {
        zh: '运行 apt-get install ffmpeg（或用 FFMPEG=yes 构建 Docker 镜像）',
        en: 'run apt-get install ffmpeg, or build the Docker image with FFMPEG=yes',
      },
    },
    'no-ocr-data': {
      level: 'warning',
      says: { zh: '缺少文字识别的数据，读不了图片里的字', en: 'the data for reading text in pictures is missing' },
      todo: { zh: '重新运行 npm ci', en: 'run npm ci again' },
    },
  },
  async run({ hasFfmpeg, ocrDataPath }, signal) {
    const hasOcrData = LANGUAGES.every((language) => existsSync(ocrDataPath(language) ?? ''))
    const found = [
      ...((await hasFfmpeg(signal)) ? [] : [{ key: 'no-ffmpeg' as const }]),
      ...(hasOcrData ? [] : [{ key: 'no-ocr-data' as const }]),
    ]
    return found.length === 0 ? [{ key: 'ok' }] : found
  },
})
