/** A presentation: the words of each slide in the order of the show. Hidden slides, notes and pictures are left out. */
import { decodeEntities } from './decode-entities.ts'
import { openZip } from './open-zip.ts'
import { type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyText } from './tidy-text.ts'
import { toXmlText } from './to-xml-text.ts'

const WANTED = /^ppt\/(presentation\.xml|_rels\/presentation\.xml\.rels|slides\/[\w-]+\.xml)$/

export function readPptx(bytes: Uint8Array, { maxChars, maxPages }: ReadLimits): Reading {
  const parts = openZip(bytes, (name) => WANTED.test(name))
  const xmlOf = (name: string) => toXmlText(parts.get(name))
  const slides = slidesInOrder(xmlOf('ppt/presentation.xml'), xmlOf('ppt/_rels/presentation.xml.rels'))
  const shown = slides
    .map((name) => xmlOf(`ppt/${name}`))
    .filter((xml) => xml !== '' && !/<p:sld\b[^>]*\bshow="(?:0|false)"/.test(xml))
  const texts = shown.slice(0, maxPages).map((xml, index) => `第 ${index + 1} 页\n${toSlideText(xml)}`)
  const hasWords = shown.some((xml) => toSlideText(xml).trim() !== '')
  if (!hasWords) return unread('pptx', shown.length === 0 ? 'empty' : 'scanned')
  const { text, isCut } = tidyText(texts.join('\n\n'), maxChars)
  const isPartial = isCut || shown.length > maxPages
  return {
    outcome: 'read',
    kind: 'pptx',
    title: '',
    text,
    notes: [isPartial ? `共 ${shown.length} 页，只读取了前面的部分` : `共 ${shown.length} 页`],
    isPartial,
  }
}

/** Paths below ppt/, as the show's list says, which is seldom the order of the files' numbers. */
function slidesInOrder(presentation: string, relations: string): string[] {
  const targets = new Map<string, string>()
  for (const [tag] of relations.matchAll(/<Relationship\b[^<>]*>/g)) {
    const id = /\bId="([^"]*)"/.exec(tag)?.[1]
    const target = /\bTarget="(?:\/ppt\/)?([^"]*)"/.exec(tag)?.[1]
    if (id !== undefined && target !== undefined) targets.set(id, target)
  }
  return [...presentation.matchAll(/<p:sldId\b[^<>]*\br:id="([^"]*)"/g)].flatMap(([, id = '']) => targets.get(id) ?? [])
}

const TOKEN = /<a:t>([^<]*)<\/a:t>|<(a:tr|a:br|\/a:p|\/a:tc|\/a:tr)\b[^<>]*>/g

function toSlideText(xml: string): string {
  const lines: string[] = []
  let row: string[] | undefined
  let words = ''
  const take = () => {
    const taken = words.trim()
    words = ''
    return taken
  }
  for (const [, text, tag] of xml.matchAll(TOKEN)) {
    if (text !== undefined) words += decodeEntities(text)
    else if (tag === 'a:tr') row = []
    else if (tag === '/a:tc') row?.push(take())
    else if (tag === '/a:tr') {
      lines.push(row?.join(' | ') ?? '')
      row = undefined
    } else if (row === undefined) lines.push(take())
    else words += ' '
  }
  return [...lines, take()].filter((line) => line !== '').join('\n')
}
