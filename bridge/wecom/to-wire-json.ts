/**
 * A request body as the platform accepts it: real UTF-8. It answers 40033 to `\uXXXX`, and `JSON.stringify` writes just that
 * for a lone surrogate and for a control character, so both are left out.
 */
export function toWireJson(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(unsendable, '') : value,
  )
}

// With the u flag \p{Surrogate} matches only what is not half of a pair. \b \t \n \f \r have short escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const unsendable = /[\p{Surrogate}\u0000-\u0007\u000b\u000e-\u001f]/gu
