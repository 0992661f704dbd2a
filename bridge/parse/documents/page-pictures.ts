/**
 * The pictures that make up a scanned page, taken out of a PDF without drawing it: what the page paints large enough to be the page itself, in
 * grey, upright and no larger than recognition needs.
 */
import { OPS, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { encodeGreyPng } from './encode-grey-png.ts'

/** Of the page, in parts; smaller ones are logos and seals. */
const MIN_SHARE = 0.15
/** A scanner may cut a page into strips. */
const MAX_PICTURES = 6
/** Of an A4 page at 200 dots per inch. */
const MAX_SIDE = 2_400
const MIN_SIDE = 32
/** A picture that is not there by then is left out. */
const WAIT_MS = 5_000

/** From the top of the page. Rejects when the page can't be read. */
export async function takePagePictures(page: PDFPageProxy): Promise<Uint8Array[]> {
  try {
    return await takePictures(page)
  } finally {
    // A page's pictures are ten times as large as the file: none is kept while the next one is read.
    page.cleanup()
  }
}

async function takePictures(page: PDFPageProxy): Promise<Uint8Array[]> {
  const { fnArray, argsArray } = await page.getOperatorList()
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view
  const area = Math.abs((right - left) * (top - bottom))
  const painted = findPainted(fnArray, argsArray).filter(({ matrix }) => shareOf(matrix, area) >= MIN_SHARE)
  const pictures: Uint8Array[] = []
  for (const { source, matrix } of painted.slice(0, MAX_PICTURES)) {
    const image = toImage(typeof source === 'string' ? await getObject(page, source) : source)
    if (image === undefined) continue
    const upright = turn(shrink(toGrey(image)), quarterTurns(matrix, page.rotate))
    pictures.push(encodeGreyPng(upright))
  }
  return pictures
}

type Matrix = readonly [number, number, number, number, number, number]

interface Painted {
  /** The name of the image, or the image itself. */
  source: unknown
  /** From the unit square to the page. */
  matrix: Matrix
}

/** Follows the page's drawing only as far as places go. */
function findPainted(operators: readonly number[], operands: readonly unknown[]): Painted[] {
  const painted: Painted[] = []
  const saved: Matrix[] = []
  let matrix: Matrix = [1, 0, 0, 1, 0, 0]
  for (const [index, operator] of operators.entries()) {
    const args = operands[index]
    if (operator === OPS.save || operator === OPS.paintFormXObjectBegin) saved.push(matrix)
    if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) matrix = saved.pop() ?? matrix
    if (operator === OPS.transform) matrix = multiply(matrix, args)
    if (operator === OPS.paintFormXObjectBegin && Array.isArray(args)) matrix = multiply(matrix, args[0])
    if (operator === OPS.paintImageXObject || operator === OPS.paintInlineImageXObject) {
      painted.push({ source: Array.isArray(args) ? args[0] : undefined, matrix })
    }
    if (operator === OPS.paintImageMaskXObject && Array.isArray(args)) {
      const mask: unknown = args[0]
      const data: unknown = typeof mask === 'object' && mask !== null && 'data' in mask ? mask.data : undefined
      painted.push({ source: typeof data === 'string' ? data : mask, matrix })
    }
  }
  return painted
}

function multiply(one: Matrix, other: unknown): Matrix {
  if (!Array.isArray(other) && !ArrayBuffer.isView(other)) return one
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = Array.from(other as ArrayLike<number>)
  return [
    one[0] * a + one[2] * b,
    one[1] * a + one[3] * b,
    one[0] * c + one[2] * d,
    one[1] * c + one[3] * d,
    one[0] * e + one[2] * f + one[4],
    one[1] * e + one[3] * f + one[5],
  ]
}

function shareOf([a, b, c, d]: Matrix, area: number): number {
  return area === 0 ? 0 : Math.abs(a * d - b * c) / area
}

/** Quarter turns clockwise that bring the picture upright. */
function quarterTurns([a, b]: Matrix, pageTurn: number): number {
  const turned = Math.round(Math.atan2(b, a) / (Math.PI / 2))
  return (((pageTurn / 90 - turned) % 4) + 4) % 4
}

function getObject(page: PDFPageProxy, name: string): Promise<unknown> {
  const objects = name.startsWith('g_') ? page.commonObjs : page.objs
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(undefined), WAIT_MS)
    objects.get(name, (value: unknown) => {
      clearTimeout(late)
      resolve(value)
    })
  })
}

interface Image {
  width: number
  height: number
  data: Uint8Array
}

/** As pdfjs gives it: one bit, three or four bytes a pixel. */
function toImage(value: unknown): Image | undefined {
  if (typeof value !== 'object' || value === null || !('data' in value)) return undefined
  const { width, height, data } = value as { width?: unknown; height?: unknown; data: unknown }
  if (typeof width !== 'number' || typeof height !== 'number' || !ArrayBuffer.isView(data)) return undefined
  if (width < MIN_SIDE || height < MIN_SIDE) return undefined
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}

export interface GreyPicture {
  width: number
  height: number
  /** One byte a pixel, 255 is white. */
  pixels: Uint8Array
}

function toGrey({ width, height, data }: Image): GreyPicture {
  const count = width * height
  const pixels = new Uint8Array(count)
  const channels = Math.floor(data.length / count)
  if (channels === 0) {
    const rowBytes = (width + 7) >> 3
    for (let index = 0; index < count; index += 1) {
      const column = index % width
      const byte = data[((index - column) / width) * rowBytes + (column >> 3)] ?? 0
      pixels[index] = (byte >> (7 - (column & 7))) & 1 ? 255 : 0
    }
    return { width, height, pixels }
  }
  for (let index = 0, at = 0; index < count; index += 1, at += channels) {
    const red = data[at] ?? 0
    pixels[index] = channels < 3 ? red : (red * 77 + (data[at + 1] ?? 0) * 151 + (data[at + 2] ?? 0) * 28) >> 8
  }
  return { width, height, pixels }
}

/** By a whole number, each pixel the mean of those that it stands for. */
function shrink(picture: GreyPicture): GreyPicture {
  const factor = Math.ceil(Math.max(picture.width, picture.height) / MAX_SIDE)
  if (factor === 1) return picture
  const width = Math.max(1, Math.floor(picture.width / factor))
  const height = Math.max(1, Math.floor(picture.height / factor))
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0
      for (let down = 0; down < factor; down += 1) {
        const row = (y * factor + down) * picture.width + x * factor
        for (let right = 0; right < factor; right += 1) sum += picture.pixels[row + right] ?? 255
      }
      pixels[y * width + x] = sum / (factor * factor)
    }
  }
  return { width, height, pixels }
}

function turn(picture: GreyPicture, quarters: number): GreyPicture {
  let turned = picture
  for (let done = 0; done < quarters; done += 1) turned = turnOnce(turned)
  return turned
}

/** Clockwise. */
function turnOnce({ width, height, pixels }: GreyPicture): GreyPicture {
  const out = new Uint8Array(pixels.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) out[x * height + (height - 1 - y)] = pixels[y * width + x] ?? 255
  }
  return { width: height, height: width, pixels: out }
}
