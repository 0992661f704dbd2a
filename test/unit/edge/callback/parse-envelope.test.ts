import { describe, expect, it } from 'vitest'
import { parseEnvelope } from '../../../../edge/callback/parse-envelope.ts'

describe('parseEnvelope takes', () => {
  it.each([
    [
      'the documented XML',
      '<xml><ToUserName><![CDATA[c]]></ToUserName><AgentID></AgentID><Encrypt><![CDATA[a+b/==]]></Encrypt></xml>',
    ],
    [
      'another order and unknown nodes',
      '<xml><New><Deep>1</Deep></New><Encrypt><![CDATA[a+b/==]]></Encrypt><ToUserName/></xml>',
    ],
    [
      'a declaration, line ends and a byte order mark',
      '\uFEFF<?xml version="1.0"?>\n<xml>\n<Encrypt><![CDATA[a+b/==]]></Encrypt>\n</xml>\n',
    ],
    ['values without CDATA', '<xml><Encrypt>a+b/==</Encrypt></xml>'],
    ['attributes', '<xml a="1"><Encrypt b="2">a+b/==</Encrypt></xml>'],
    ['lower case XML', '<xml><encrypt>a+b/==</encrypt></xml>'],
    ['the JSON of the Go sample', '{"tousername":"c","encrypt":"a+b/==","agentid":"218"}'],
    ['the JSON of the Python sample', '{"tousername":"c","encrypt":"a+b/==","agentid":218}'],
    ['the JSON of the PHP sample', ' {"ToUserName":"c","Encrypt":"a+b/==","AgentID":218}'],
    ['the JSON of the newer robots', '{"encrypt":"a+b/=="}'],
    ['JSON with a node of another shape', '{"Encrypt":"a+b/==","Extra":{"deep":[1]}}'],
  ])('%s', (_what, body) => {
    expect(parseEnvelope(body)).toBe('a+b/==')
  })
})

describe('parseEnvelope refuses', () => {
  const laughs = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "&l${index};&l${index};&l${index};">`)
  it.each([
    ['nothing', ''],
    ['plain words', 'hello'],
    ['a form', 'Encrypt=abc'],
    ['no Encrypt', '<xml><ToUserName>c</ToUserName></xml>'],
    ['an empty Encrypt', '<xml><Encrypt></Encrypt></xml>'],
    ['two Encrypts', '<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>'],
    ['two Encrypts that differ in case', '{"Encrypt":"a","encrypt":"b"}'],
    ['an Encrypt that holds nodes', '<xml><Encrypt><a>1</a></Encrypt></xml>'],
    ['an Encrypt that is deeper', '<xml><body><Encrypt>a</Encrypt></body></xml>'],
    ['XML that is not closed', '<xml><Encrypt>a</Encrypt>'],
    ['XML closed in the wrong order', '<xml><Encrypt>a</xml></Encrypt>'],
    ['two roots', '<xml><Encrypt>a</Encrypt></xml><xml><Encrypt>b</Encrypt></xml>'],
    ['a root without nodes', '<xml>Encrypt</xml>'],
    ['a DTD', '<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>'],
    ['a DTD in lower case', '<!doctype xml><xml><Encrypt>a</Encrypt></xml>'],
    ['an external entity', '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Encrypt>&x;</Encrypt></xml>'],
    ['a billion laughs', `<!DOCTYPE xml [<!ENTITY l0 "ha">${laughs.join('')}]><xml><Encrypt>&l9;</Encrypt></xml>`],
    ['XML that is 10,000 deep', `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`],
    ['an Encrypt among 10,000 tags', `<xml><Encrypt>a</Encrypt>${'<b/>'.repeat(10_000)}</xml>`],
    ['JSON that is 100,000 deep', '['.repeat(100_000)],
    ['a JSON list', '[{"Encrypt":"a"}]'],
    ['JSON null', 'null'],
    ['an Encrypt that is an object', '{"Encrypt":{"a":"b"}}'],
    ['JSON that is cut', '{"Encrypt":"a"'],
    ['a name that reaches for prototypes', '<xml><__proto__><Encrypt>a</Encrypt></__proto__></xml>'],
  ])('%s', (_what, body) => {
    expect(() => parseEnvelope(body)).toThrow(expect.objectContaining({ code: 'callback.body-malformed' }))
  })
})

it('parseEnvelope leaves an entity as it is written, so nothing can grow', () => {
  expect(parseEnvelope('<xml><Encrypt>&amp;&lt;&#65;</Encrypt></xml>')).toBe('&amp;&lt;&#65;')
})
