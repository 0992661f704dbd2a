/**
 * XML or JSON, one level deep, as the platform writes its envelopes and events: `<xml>` with elements, or an object. The
 * first character decides which. Names are matched without regard to case, because the official samples differ in it;
 * what a name holds several times comes as several values. XML values stay strings: a MsgId exceeds 2^53.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { AppError } from '../../shared/app-error.ts'

/** The values of a field, in the order of the document; none when it is absent or empty. Numbers come as strings. */
export type Fields = (name: string) => string[]

const xml = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  // Entities are never resolved, so none can grow or reach outside; values come in CDATA sections.
  processEntities: false,
  maxNestedTags: 8,
})

/** Throws `fields.malformed` for anything that is not a single flat document. */
export function parseFields(text: string): Fields {
  // A byte order mark counts as a space here.
  const document = text.trim()
  const root = document.startsWith('<') ? parseXml(document) : parseJson(document)
  return (name) =>
    Object.entries(root)
      .filter(([key]) => key.toLowerCase() === name.toLowerCase())
      .flatMap(([, value]) => toValues(value))
}

function parseXml(document: string): object {
  // Refused before parsing: no callback has a DTD, and every trick with entities needs one.
  if (/<!DOCTYPE/i.test(document)) throw malformed('has a DTD')
  if (XMLValidator.validate(document) !== true) throw malformed('is not well-formed XML')
  let parsed: unknown
  try {
    parsed = xml.parse(document)
  } catch {
    // The parser's own message may quote the document.
    throw malformed('is not XML that can be read')
  }
  return asObject(Object.values(asObject(parsed))[0])
}

function parseJson(document: string): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch {
    throw malformed('is neither XML nor JSON')
  }
  return asObject(parsed)
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('holds no fields')
  return value
}

function toValues(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(toValues)
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'string' && value !== '' ? [value] : []
}

function malformed(what: string): AppError {
  return new AppError('fields.malformed', `the document ${what}`, { retryable: false })
}
