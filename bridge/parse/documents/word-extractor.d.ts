/** What is used of word-extractor, which comes without types. */
declare module 'word-extractor' {
  export default class WordExtractor {
    /** Rejects for what is no Word document. */
    extract(source: Buffer): Promise<WordDocument>
  }
  interface WordDocument {
    getBody(): string
    getFootnotes(): string
    getEndnotes(): string
    getTextboxes(): string
  }
}
