import { describe, expect, it } from 'vitest'
import { isAllowed, parseRobots, ROBOTS_NAME } from '../../../../../bridge/knowledge/ingest/robots.ts'

const may = (robots: string, path: string) => isAllowed(parseRobots(robots), path)
const all = (...rules: string[]) => ['User-agent: *', ...rules].join('\n')

// The examples of RFC 9309, section 5, and what its section 2.2 says.
const EXAMPLE = `User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: Kefu-Edge/1.0  # us
Disallow: /example/page.html

User-Agent: quxbot

User-agent: KEFU-EDGE
Disallow: /more`

describe('robots.txt', () => {
  it.each([
    ['/example/page.html', false],
    ['/example/page.htm', true],
    ['/a.gif', true],
    // Groups of one name are one.
    ['/more/x', false],
  ])('of the standard says of %s: %s', (path, expected) => {
    expect(may(EXAMPLE, path)).toBe(expected)
  })

  it.each([
    ['nothing', '', '/x', true],
    ['a page in its place', '<!doctype html><title>x</title>', '/x', true],
    ['an empty rule', all('Disallow:'), '/x', true],
    ['all', all('Disallow: /'), '/x', false],
    ['a beginning', all('Disallow: /a'), '/abc', false],
    ['letters of another case', all('Disallow: /A'), '/abc', true],
    ['the longest rule', all('Allow: /a/b', 'Disallow: /a'), '/a/b/c', true],
    ['the longest rule, whatever comes first', all('Disallow: /a/b', 'Allow: /a'), '/a/b/c', false],
    ['two equals', all('Disallow: /a', 'Allow: /a'), '/a', true],
    ['anything between', all('Disallow: /*/print'), '/x/y/print/z', false],
    ['an end', all('Disallow: /*.pdf$'), '/x.pdf', false],
    ['an end that is not there', all('Disallow: /*.pdf$'), '/x.pdf?page=1', true],
    ['a whole path', all('Disallow: /$'), '/', false],
    ['a whole path and more', all('Disallow: /$'), '/x', true],
    ['pieces that would share a letter', all('Disallow: /ab*bc$'), '/abc', true],
    ['a query', all('Disallow: /*?sort='), '/list?sort=1', false],
    ['Chinese', all('Disallow: /内部'), '/%e5%86%85%E9%83%A8/x', false],
    ['a letter in other spelling', all('Disallow: /%61b'), '/ab', false],
    ['words after a #', all('Disallow: /a # /b'), '/b', true],
    ['other lines between', 'User-agent: *\nCrawl-delay: 1\nSitemap: /s.xml\nDisallow: /a', '/a', false],
    ['a mark at its beginning', '\ufeffUser-agent: *\r\nDisallow: /a\r\n', '/a', false],
    ['rules of nobody', 'Disallow: /', '/x', true],
    ['another one', 'User-agent: kefu-edge-two\nDisallow: /', '/x', true],
    ['us, though not everybody', `User-agent: *\nDisallow: /\nUser-agent: ${ROBOTS_NAME}\nAllow: /`, '/x', true],
  ])('with %s', (_what, robots, path, expected) => {
    expect(may(robots, path)).toBe(expected)
  })

  it('takes no long time over any pattern', () => {
    const startedAt = performance.now()
    may(all(`Disallow: ${'/*a'.repeat(2000)}$`), '/a'.repeat(3000).concat('b'))
    expect(performance.now() - startedAt).toBeLessThan(200)
  })
})
