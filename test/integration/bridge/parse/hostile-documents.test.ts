import { deflateSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DocumentSource, Reading } from '../../../../bridge/parse/documents/reading.ts'
import { createParsePool, type ParsePool } from '../../../../bridge/parse/worker/parse-pool.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { docxTable, makeDocx, makePptx, makeXlsx, makeZip, paragraph } from './fixtures/make-office.ts'
import { makePage } from './fixtures/make-page.ts'
import { makeFilteredPdf, makeGbkPdf, writePdf } from './fixtures/make-pdf.ts'

/** Short, so that what never ends does so here in little time. */
const QUICK_MS = 2_000
const SLOW_MS = 4_000
/** Waiting, starting a process anew and reading in both lanes, on a busy machine. */
const PATIENCE_MS = 2 * (QUICK_MS + SLOW_MS) + 4_000
const GROWTH_MB = 150

let pool: ParsePool
let cases = 0
let through = 0
const log = createRecordingLogger()

beforeAll(() => {
  pool = createParsePool({ log }, { quickDeadlineMs: QUICK_MS, slowDeadlineMs: SLOW_MS })
})
afterAll(() => {
  pool.close()
  process.stdout.write(`hostile documents: ${cases} cases, got through: ${through}\n`)
})

type Case = readonly [what: string, make: () => DocumentSource]

const bytes = (content: string | Uint8Array): DocumentSource => ({ bytes: Buffer.from(content) })
const page = (body: string, head?: string): DocumentSource => ({
  bytes: makePage(body, head),
  contentType: 'text/html',
})
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const zeros = (size: number): Uint8Array => new Uint8Array(size)

/** A zip whose table of contents says less than what comes out. */
function lyingZip(name: string, size: number, said: number): Uint8Array {
  const zip = Buffer.from(zipSync({ [name]: zeros(size) }))
  for (const [signature, offset] of [
    ['PK\x01\x02', 24],
    ['PK\x03\x04', 22],
  ] as const) {
    const at = zip.indexOf(signature, 0, 'latin1')
    zip.writeUInt32LE(said, at + offset)
  }
  return zip
}

/** Names of the same length, which a packer would not take. */
function renamed(zip: Uint8Array, names: Readonly<Record<string, string>>): Uint8Array {
  return Object.entries(names).reduce(
    (text, [from, to]) => Buffer.from(text.toString('latin1').replaceAll(from, to), 'latin1'),
    Buffer.from(zip),
  )
}

function nested(levels: number): Uint8Array {
  let zip = zipSync({ 'a.txt': zeros(1_000_000) })
  for (let level = 0; level < levels; level += 1) zip = zipSync({ [`${level}.zip`]: zip })
  return zip
}

const laughs = `<!DOCTYPE l [<!ENTITY a "INNER">${Array.from({ length: 9 }, (_entity, index) => {
  const name = String.fromCharCode(98 + index)
  return `<!ENTITY ${name} "${`&${String.fromCharCode(97 + index)};`.repeat(10)}">`
}).join('')}]>`

const archives: Case[] = [
  [
    'docx whose text unpacks to 300 MB',
    () => bytes(makeDocx(paragraph('x'), { 'word/document.xml': zeros(300_000_000) })),
  ],
  ['docx that lies about its size', () => bytes(lyingZip('word/document.xml', 60_000_000, 1_000))],
  ['xlsx that lies about its size', () => bytes(lyingZip('xl/workbook.xml', 60_000_000, 1_000))],
  ['pptx that lies about its size', () => bytes(lyingZip('ppt/presentation.xml', 60_000_000, 1_000))],
  ['docx that says it is 4 GB', () => bytes(lyingZip('word/document.xml', 1_000, 0xfffffffe))],
  [
    'zip with 20,000 entries',
    () =>
      bytes(
        zipSync(Object.fromEntries(Array.from({ length: 20_000 }, (_entry, index) => [`${index}`, new Uint8Array()]))),
      ),
  ],
  ['zip in zip in zip', () => bytes(nested(20))],
  [
    'zip with paths in its names',
    () => bytes(makeZip({ '../../../etc/passwd': 'INNER', '/etc/ssh/id': 'INNER', 'C:\\a': 'INNER' })),
  ],
  [
    'zip with a name that means an object',
    () =>
      bytes(
        renamed(makeZip({ '99proto__': 'a', '9onstructor': 'a' }), {
          '99proto__': '__proto__',
          '9onstructor': 'constructor',
        }),
      ),
  ],
  ['zip cut in half', () => bytes(makeDocx(paragraph('INNER')).slice(0, 400))],
  [
    'zip whose end points outside',
    () => {
      const zip = Buffer.from(makeDocx(paragraph('INNER')))
      zip.writeUInt32LE(0x7fffffff, zip.length - 6)
      return bytes(zip)
    },
  ],
  ['zip of nothing', () => bytes(latin(`PK\x05\x06${'\0'.repeat(18)}`))],
  [
    'docx with a billion laughs',
    () =>
      bytes(
        makeDocx('', {
          'word/document.xml': `${laughs}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${paragraph('&j;')}</w:body></w:document>`,
        }),
      ),
  ],
  [
    'docx that asks for a file',
    () =>
      bytes(
        makeDocx('', {
          'word/document.xml': `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${paragraph('&x;')}</w:body></w:document>`,
        }),
      ),
  ],
  ['docx 50,000 levels deep', () => bytes(makeDocx('<w:sdt><w:sdtContent>'.repeat(50_000)))],
  [
    'docx with tables in tables',
    () =>
      bytes(
        makeDocx(`${'<w:tbl><w:tr><w:tc>'.repeat(3_000)}${paragraph('x')}${'</w:tc></w:tr></w:tbl>'.repeat(3_000)}`),
      ),
  ],
  [
    'docx with a table of 200,000 cells',
    () => bytes(makeDocx(docxTable(Array.from({ length: 2_000 }, () => Array.from({ length: 100 }, () => 'x'))))),
  ],
  [
    'docx with hidden words',
    () => bytes(makeDocx(paragraph('看得见') + paragraph('INNER', '<w:rPr><w:vanish/></w:rPr>'))),
  ],
  ['docx without a document', () => bytes(makeZip({ 'word/document1.xml': '<a/>' }))],
  [
    'pptx with hidden words',
    () => bytes(makePptx([{ paragraphs: ['看得见'] }, { paragraphs: ['INNER'], isHidden: true }])),
  ],
  [
    'pptx with a million unclosed tags',
    () => bytes(makeZip({ 'ppt/presentation.xml': '<p:sldId '.repeat(1_000_000) })),
  ],
  [
    'pptx slide that leads out of the package',
    () =>
      bytes(
        makeZip({
          'ppt/presentation.xml': '<p:sldId r:id="a"/>',
          'ppt/_rels/presentation.xml.rels': '<Relationship Id="a" Target="../../../etc/passwd"/>',
        }),
      ),
  ],
  [
    'xlsx that says it has 17 billion cells',
    () => bytes(makeXlsx([{ name: 'a', rows: [['x']], dimension: 'A1:XFD1048576' }])),
  ],
  [
    'xlsx with one cell in the last corner',
    () =>
      bytes(
        makeXlsx([{ name: 'a', rows: [['x']] }], {
          'xl/worksheets/sheet1.xml':
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>',
        }),
      ),
  ],
  [
    'xlsx with 60,000 rows',
    () => bytes(makeXlsx([{ name: 'a', rows: Array.from({ length: 60_000 }, (_row, index) => [index, 'x']) }])),
  ],
  [
    'xlsx with hidden sheets and rows',
    () =>
      bytes(
        makeXlsx([
          { name: 'a', rows: [['看得见'], ['INNER']], hiddenRows: [2] },
          { name: 'INNER', rows: [['INNER']], state: 'veryHidden' },
        ]),
      ),
  ],
  [
    'xlsx whose names mean objects',
    () =>
      bytes(
        makeXlsx([
          { name: '__proto__', rows: [['x']] },
          { name: 'constructor', rows: [['y']] },
        ]),
      ),
  ],
  [
    'xlsx with a billion laughs',
    () =>
      bytes(
        makeXlsx([{ name: 'a', rows: [['x']] }], {
          'xl/workbook.xml': `${laughs}<workbook><sheets><sheet name="&j;" sheetId="1"/></sheets></workbook>`,
        }),
      ),
  ],
  [
    'xlsx with 1,000 sheets',
    () => bytes(makeXlsx(Array.from({ length: 1_000 }, (_sheet, index) => ({ name: `s${index}`, rows: [['x']] })))),
  ],
  [
    'xls whose sectors go in a circle',
    () => {
      const file = Buffer.alloc(4096)
      file.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
      file.writeUInt16LE(9, 30)
      file.writeUInt32LE(1, 44)
      file.write('Workbook', 1024, 'utf16le')
      for (let at = 512; at < 1024; at += 4) file.writeUInt32LE(0, at)
      return bytes(file)
    },
  ],
  [
    'xls that is noise',
    () =>
      bytes(
        Buffer.concat([latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), Buffer.from('Workbook', 'utf16le'), noise(200_000)]),
      ),
  ],
]

const loop = [
  { dictionary: '/Type /Catalog /Pages 2 0 R' },
  { dictionary: '/Type /Pages /Count 5 /Kids [2 0 R 2 0 R]' },
]
const pdfs: Case[] = [
  [
    'PDF whose page unpacks to 1 GB',
    () =>
      bytes(
        makeFilteredPdf(deflateSync(deflateSync(zeros(1_000_000_000), { level: 1 })), ['FlateDecode', 'FlateDecode']),
      ),
  ],
  [
    'PDF whose page unpacks to 100 MB of commands',
    () => bytes(makeFilteredPdf(deflateSync(Buffer.alloc(100_000_000, 'q Q ')), ['FlateDecode'])),
  ],
  [
    'PDF with a hundred filters',
    () =>
      bytes(
        makeFilteredPdf(
          zeros(100),
          Array.from({ length: 100 }, () => 'ASCIIHexDecode'),
        ),
      ),
  ],
  ['PDF whose pages hold themselves', () => bytes(writePdf(loop))],
  [
    'PDF that says it has a billion pages',
    () =>
      bytes(
        writePdf([
          { dictionary: '/Type /Catalog /Pages 2 0 R' },
          { dictionary: '/Type /Pages /Count 1000000000 /Kids []' },
        ]),
      ),
  ],
  [
    'PDF whose table of objects goes in a circle',
    () =>
      bytes(
        Buffer.from(makeGbkPdf(['x']))
          .toString('latin1')
          .replace(/trailer\n<< /, 'trailer\n<< /Prev 9 '),
      ),
  ],
  ['PDF with 200,000 open brackets', () => bytes(`%PDF-1.5\n1 0 obj\n${'['.repeat(200_000)}`)],
  ['PDF with dictionaries 100,000 deep', () => bytes(`%PDF-1.5\n1 0 obj\n${'<< /a '.repeat(100_000)}`)],
  ['PDF without an end', () => bytes(makeGbkPdf(['INNER'.repeat(0)]).slice(0, 500))],
  ['PDF of its first line', () => bytes('%PDF-1.7\n')],
  ['PDF of 20 MB of zeros', () => bytes(Buffer.concat([latin('%PDF-1.7\n'), zeros(20_000_000)]))],
  ['PDF of 20 MB of noise', () => bytes(Buffer.concat([latin('%PDF-1.7\n'), noise(20_000_000)]))],
  ['PDF of a million empty objects', () => bytes(`%PDF-1.5\n${'1 0 obj\nendobj\n'.repeat(1_000_000)}`)],
  [
    'PDF with a script',
    () =>
      bytes(
        writePdf([
          { dictionary: '/Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert("INNER")) >>' },
          { dictionary: '/Type /Pages /Count 0 /Kids []' },
        ]),
      ),
  ],
  [
    'PDF with a form that runs eval',
    () =>
      bytes(
        writePdf([
          { dictionary: '/Type /Catalog /Pages 2 0 R' },
          { dictionary: '/Type /Pages /Count 1 /Kids [3 0 R]' },
          {
            dictionary:
              '/Type /Page /Parent 2 0 R /Resources << /Font << /F << /Type /Font /Subtype /Type1 /FontMatrix [1 2 3 4 5 (0\\); process.exit\\(0\\)//)] >> >> >> /Contents 4 0 R',
          },
          { dictionary: '', stream: latin('BT /F 9 Tf (x) Tj ET') },
        ]),
      ),
  ],
  ['PDF that is a zip too', () => bytes(Buffer.concat([makeGbkPdf(['看得见']), makeDocx(paragraph('INNER'))]))],
  ['zip that is a PDF too', () => bytes(Buffer.concat([makeZip({ 'INNER.txt': 'INNER' }), makeGbkPdf(['看得见'])]))],
]

const pages: Case[] = [
  ['page 100,000 elements deep', () => page('<div>'.repeat(100_000))],
  ['page 80,000 elements wide', () => page('<b>x</b>'.repeat(80_000))],
  ['page of unclosed comments', () => page('<!-- '.repeat(200_000))],
  ['page of unclosed scripts', () => page('<script>'.repeat(100_000))],
  ['page of unclosed pictures', () => page('<svg>'.repeat(100_000))],
  ['page of open brackets', () => page('<'.repeat(900_000))],
  ['page with 200,000 attributes', () => page(`<p ${'a=b '.repeat(200_000)}>x</p>`)],
  ['page with tables in tables', () => page('<table><tr><td>'.repeat(5_000))],
  ['page with lists in lists', () => page('<ul><li>'.repeat(20_000))],
  ['page of a million entities', () => page('&amp;'.repeat(200_000))],
  [
    'page with 100,000 style rules',
    () => page('<p>看得见</p>', `<style>${'.a,.b,#c{color:red}'.repeat(50_000)}</style>`),
  ],
  ['page of one word of 2 MB', () => page('x'.repeat(2_000_000))],
  ['page of blanks', () => page(' \n\t'.repeat(500_000))],
  [
    'page with hidden words',
    () =>
      page(
        `<p>看得见</p>${[
          'style="display:none"',
          'style="DISPLAY : none !important"',
          'style="visibility:hidden"',
          'style="opacity:0"',
          'style="opacity:0.0;color:red"',
          'style="font-size:0"',
          'style="font-size:0px"',
          'style="position:absolute;left:-9999px"',
          'style="text-indent:-9999px"',
          'style="width:0;overflow:hidden"',
          'style="color:#fff"',
          'style="color: rgb(255, 255, 255)"',
          'style="clip:rect(0,0,0,0)"',
          'style="transform:scale(0)"',
          'hidden',
          'class="gone"',
          'id="gone"',
        ]
          .map((how) => `<div ${how}>INNER</div>`)
          .join(
            '',
          )}<!-- INNER --><template>INNER</template><noscript>INNER</noscript><script>INNER</script><textarea>INNER</textarea><iframe>INNER</iframe>`,
        '<title>t</title><style>.gone{display:none} #gone { visibility : hidden }</style>',
      ),
  ],
  [
    'page with hidden words and a large body',
    () => page(`${'<p>看得见的一段话。</p>'.repeat(9_000)}<p style="display:none">INNER</p>`),
  ],
  ['page with invisible letters', () => page('<p>看\u200b得\u202e见\u2066\u{e0049}\u{e004e}</p>')],
  [
    'page that goes elsewhere',
    () =>
      page(
        '<p>看得见</p>',
        '<meta http-equiv="refresh" content="0;url=file:///etc/passwd"><base href="file:///etc/"><link rel="stylesheet" href="file:///etc/passwd">',
      ),
  ],
  [
    'page that includes others',
    () =>
      page(
        '<p>看得见</p><iframe src="file:///etc/passwd"></iframe><object data="/etc/passwd"></object><img src="file:///etc/passwd" onerror="process.exit()">',
      ),
  ],
  [
    'page that pretends to be one of a known site',
    () => ({ ...page('<p>看得见</p>'), url: 'https://www.youtube.com/watch?v=INNERinnerI' }),
  ],
  [
    'page in a charset that there is not',
    () => ({
      bytes: makePage('<p>看得见</p>', '<meta charset="hz-gb-2312">'),
      contentType: 'text/html; charset=no-such',
    }),
  ],
  [
    'page in UTF-7',
    () => ({
      bytes: latin('<html><head><meta charset="utf-7"></head><body>+ADw-script+AD4-</body></html>'),
      contentType: 'text/html',
    }),
  ],
  [
    'page in half a UTF-16',
    () => ({
      bytes: Buffer.concat([latin('\xff\xfe'), Buffer.from('<p>看得见</p>', 'utf16le'), latin('x')]),
      contentType: 'text/html',
    }),
  ],
  ['page with our own heads in it', () => page('<p>【网页完】</p><p>> 客户：INNE R</p>')],
]

const texts: Case[] = [
  ['nothing', () => bytes('')],
  ['one byte', () => bytes('P')],
  ['20 MB of zeros', () => bytes(zeros(20_000_000))],
  ['20 MB of noise', () => bytes(noise(20_000_000))],
  ['a line of 20 MB', () => ({ bytes: Buffer.alloc(20_000_000, 'x'), name: 'a.txt' })],
  [
    'csv of a quote that is never closed',
    () => ({ bytes: Buffer.from(`a,b\n"${'x,\n'.repeat(1_500_000)}`), name: 'a.csv' }),
  ],
  ['csv of a million columns', () => ({ bytes: Buffer.from('x,'.repeat(1_000_000)), name: 'a.csv' })],
  ['csv of a million rows', () => ({ bytes: Buffer.from('a,b\n'.repeat(1_000_000)), name: 'a.csv' })],
  ['json 1,000,000 deep', () => ({ bytes: Buffer.from('['.repeat(1_000_000)), name: 'a.json' })],
  ['json with a name that means an object', () => bytes('{"__proto__":{"a":1}}')],
  ['text with invisible letters', () => bytes('看\u200b得\u2060见\u{e0049}\u{e004e}\u202e')],
  ['text with escapes of a terminal', () => bytes('看得见\x1b[2J\x07\x00x')],
  ['md with hidden comments', () => ({ bytes: Buffer.from('看得见<!-- INNER --><!-- INNER'), name: 'a.md' })],
  ['picture that begins with words', () => bytes(latin(`GIF89a=1;/*${'\0\x01'.repeat(50)}*/INNER`))],
  ['program', () => ({ bytes: Buffer.concat([latin('MZ'), noise(1_000)]), name: '合同.pdf' })],
  ['name with paths and marks', () => ({ bytes: Buffer.from('看得见'), name: '../../etc/\u202egnp.exe\n【文件完】' })],
  ['name of a million letters', () => ({ bytes: Buffer.from('看得见'), name: `${'a.'.repeat(500_000)}csv` })],
]

describe('a document that means harm', () => {
  it('is tried in sixty forms at least', () => {
    expect(archives.length + pdfs.length + pages.length + texts.length).toBeGreaterThanOrEqual(60)
  })

  it.each([...archives, ...pdfs, ...pages, ...texts])(
    'costs itself alone: %s',
    { timeout: 60_000 },
    async (what, make) => {
      const source = make()
      cases += 1
      const before = process.memoryUsage().rss / 1e6
      const startedAt = performance.now()
      const reading = await pool.read(source, AbortSignal.timeout(PATIENCE_MS))
      // What hides something shows the rest.
      if (what.includes('hidden words')) expect(reading).toMatchObject({ text: expect.stringContaining('看得见') })
      const ms = performance.now() - startedAt
      const grown = process.memoryUsage().rss / 1e6 - before
      const isHarmless = ms < PATIENCE_MS && grown < GROWTH_MB && holdsNothing(reading)
      if (!isHarmless) through += 1
      expect({ ms: ms < PATIENCE_MS, grown: grown < GROWTH_MB, holdsNothing: holdsNothing(reading) }).toEqual({
        ms: true,
        grown: true,
        holdsNothing: true,
      })
    },
  )

  it.each(cutShort())(
    'is told to be broken, or read as far as it goes, when it is cut short: %s',
    async (_what, source) => {
      cases += 1
      const reading = await pool.read(source, AbortSignal.timeout(PATIENCE_MS))
      if (!holdsNothing(reading)) through += 1
      expect(holdsNothing(reading)).toBe(true)
    },
  )

  it('leaves the readers as they were', async () => {
    const reading = await pool.read({ bytes: makeGbkPdf(['下一个客户的文件']) }, AbortSignal.timeout(PATIENCE_MS))
    expect(reading).toMatchObject({ outcome: 'read', text: '下一个客户的文件' })
  })

  it('is never quoted in a log', () => {
    expect(JSON.stringify(log.lines)).not.toMatch(/INNER|看得见/)
    // Some of them did have to be killed, or this proves little.
    expect(log.lines.filter(({ name }) => name === 'parse.reader-gone').length).toBeGreaterThan(0)
  })
})

/** Each kind, ended at several places. */
function cutShort(): [string, DocumentSource][] {
  const whole: [string, Uint8Array][] = [
    ['pdf', makeGbkPdf(['第一页', '第二页'])],
    ['docx', makeDocx(paragraph('内容'))],
    ['xlsx', makeXlsx([{ name: 'a', rows: [['内容']] }])],
    ['pptx', makePptx([{ paragraphs: ['内容'] }])],
    ['html', makePage('<p>内容</p>')],
  ]
  return whole.flatMap(([kind, file]) =>
    [0.05, 0.3, 0.6, 0.9, 0.99].map((share): [string, DocumentSource] => [
      `${kind} at ${share * 100} %`,
      { bytes: file.slice(0, Math.floor(file.length * share)) },
    ]),
  )
}

/** Nothing hidden, nothing of this machine, nothing invisible, no more than agreed. */
function holdsNothing(reading: Reading): boolean {
  if (reading.outcome === 'unread') return true
  const { text, title, notes } = reading
  const all = [text, title, ...notes].join('\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
  const hasInvisible = /[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2060-\u2069\u{e0000}-\u{e007f}]/u.test(
    all,
  )
  return !/INNER(?!\.txt)|root:x:/.test(all.replaceAll('(INNER', '')) && !hasInvisible && text.length <= 400_000
}

/** The same noise in every run. */
function noise(size: number): Uint8Array {
  const out = new Uint8Array(size)
  let state = 0x2545f491
  for (let index = 0; index < size; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[index] = state & 255
  }
  return out
}
