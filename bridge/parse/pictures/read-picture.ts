/**
 * A picture made small enough to be looked at, and the words in it. For the reading process only: what decodes pictures is native code and
 * may take any time, and whoever calls it must be able to be killed.
 *
 * Only the formats that people send are decoded, whatever a file calls itself: no SVG, which is a program, and nothing that leads to
 * other files. Of a moving picture the first is taken.
 */
import sharp, { type Sharp } from 'sharp'
import { type PictureReading, type PictureSource, type PictureWishes, unseen } from './picture-reading.ts'
import { recognizeText } from './recognize-text.ts'

/** 64 million: more than any phone takes. */
const MAX_PIXELS = 64_000_000
/** Thinner ones are lines, and no picture. */
const MIN_SIDE = 8
const JPEG_QUALITY = 82
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map((format) => `VipsForeignLoad${format}`)

sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: LOADERS })
sharp.cache(false)
sharp.concurrency(1)

/** Never rejects: what goes wrong within a picture makes it a broken one. */
export async function readPicture(source: PictureSource, { jpegSide, text }: PictureWishes): Promise<PictureReading> {
  try {
    const { autoOrient } = await open(source).metadata()
    const { width, height } = autoOrient
    if (width * height > MAX_PIXELS) return unseen('too-large')
    if (Math.min(width, height) < MIN_SIDE) return unseen('broken')
    return {
      outcome: 'seen',
      width,
      height,
      ...(jpegSide !== undefined && { jpeg: await shrink(source, jpegSide) }),
      ...(text === true && { text: await recognizeText((change) => onWhite(source, change), { width, height }) }),
    }
  } catch (error) {
    return unseen(toReason(error))
  }
}

function open({ bytes, pixels }: PictureSource): Sharp {
  return sharp(bytes, {
    // A picture that is cut off is shown as far as it goes.
    failOn: 'none',
    limitInputPixels: MAX_PIXELS,
    sequentialRead: true,
    ...(pixels && { raw: pixels }),
  })
}

/** The right way up and without transparency: black words on nothing would be black on black. */
function onWhite(source: PictureSource, change: (picture: Sharp) => Sharp): Sharp {
  return change(open(source).autoOrient().flatten({ background: '#fff' }))
}

async function shrink(source: PictureSource, side: number): Promise<Uint8Array> {
  const picture = onWhite(source, (it) =>
    it.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true }),
  )
  return new Uint8Array(await picture.jpeg({ quality: JPEG_QUALITY }).toBuffer())
}

/** By the words of the library, which has no codes. */
function toReason(error: unknown) {
  const message = error instanceof Error ? error.message : ''
  if (/pixel limit/i.test(message)) return 'too-large'
  return /unsupported image format/i.test(message) ? 'unsupported' : 'broken'
}
