/**
 * The words in a picture, read offline by two models at once: one knows Chinese, the other Latin letters, digits and ¥. For the reading
 * process only.
 *
 * Letters are read best at a certain size, so the picture is brought to it: by a guess from its width first, and once more by what was
 * found when the guess was far off.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sharp } from 'sharp'
import { createWorker, OEM, type Page, type Worker } from 'tesseract.js'
import { mergeAmounts, type RecognizedLine } from './merge-amounts.ts'
import { tidyRecognized } from './tidy-recognized.ts'

/** Height of a Chinese character in pixels at which the models are right most often. */
const GOOD_SIZE = 18
/** Within this range around it once is enough. */
const TOLERANCE = 1.12
/** A first guess: a screen is about so wide when its letters have the right size. */
const SCREEN_WIDTH = 600
const MAX_PIXELS = 2_500_000

type Models = Readonly<Record<'chinese' | 'latin', Worker>>
let models: Promise<Models> | undefined

/** `render` gives the picture after a change of size. Rejects when the picture can't be decoded. */
export async function recognizeText(
  render: (change: (picture: Sharp) => Sharp) => Sharp,
  { width, height }: { width: number; height: number },
): Promise<string> {
  models ??= startModels()
  const { chinese, latin } = await models
  const isDark = await hasDarkPaper(render((picture) => picture.resize({ width: 64 }).grayscale()))
  const fits = (scale: number) => Math.min(scale, Math.sqrt(MAX_PIXELS / (width * height)), 3)
  const look = async (scale: number) => {
    const bytes = await render((picture) =>
      picture
        .resize({ width: Math.max(1, Math.round(width * scale)) })
        .grayscale()
        .negate(isDark),
    )
      .png({ compressionLevel: 1 })
      .toBuffer()
    const pages = await Promise.all([chinese, latin].map((model) => model.recognize(bytes, {}, OUTPUT)))
    const [han = [], digits = []] = pages.map(({ data }) => toLines(data))
    return { han, digits }
  }

  const guess = fits(Math.min(2, Math.max(0.2, SCREEN_WIDTH / Math.min(width, height))))
  let seen = await look(guess)
  const size = sizeOf(seen.han)
  const better = size === undefined ? guess : fits((guess * GOOD_SIZE) / size)
  if (Math.max(better / guess, guess / better) > TOLERANCE) seen = await look(better)
  return tidyRecognized(mergeAmounts(seen.han, seen.digits))
}

/** The models look twice when light letters stand on dark; told beforehand, once is enough. */
async function hasDarkPaper(small: Sharp): Promise<boolean> {
  const grays = await small.raw().toBuffer()
  return grays.reduce((sum, gray) => sum + gray, 0) / grays.length < 100
}

const OUTPUT = { text: false, blocks: true } as const

async function startModels(): Promise<Models> {
  const start = async (language: string) => {
    const worker = await createWorker(language, OEM.LSTM_ONLY, {
      langPath: join(dirname(fileURLToPath(import.meta.resolve(`@tesseract.js-data/${language}`))), '4.0.0_best_int'),
      // Nothing is fetched, nothing is written.
      cacheMethod: 'none',
      errorHandler: () => undefined,
    })
    await worker.setParameters({ tessedit_pageseg_mode: PAGE_OF_TEXT })
    return worker
  }
  const [chinese, latin] = await Promise.all([start('chi_sim'), start('eng')])
  return { chinese, latin }
}

/** PSM.AUTO; the package's enum exists in its types alone. */
const PAGE_OF_TEXT = '3' as unknown as NonNullable<Parameters<Worker['setParameters']>[0]['tessedit_pageseg_mode']>

function toLines({ blocks }: Page): RecognizedLine[] {
  const lines = (blocks ?? []).flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines))
  return lines.map(({ bbox, words }) => ({
    top: bbox.y0,
    bottom: bbox.y1,
    marks: words.flatMap((word) =>
      word.symbols.map(({ text, bbox: box }, index) => ({
        ...{ text, left: box.x0, right: box.x1, top: box.y0, bottom: box.y1 },
        startsWord: index === 0,
      })),
    ),
  }))
}

/** Median height of a Chinese character; undefined when there are too few to tell. */
function sizeOf(lines: readonly RecognizedLine[]): number | undefined {
  const sizes = lines
    .flatMap(({ marks }) => marks)
    .filter(({ text }) => /\p{Script=Han}/u.test(text))
    .map(({ top, bottom }) => bottom - top)
    .toSorted((one, other) => one - other)
  return sizes.length < 4 ? undefined : sizes[sizes.length >> 1]
}
