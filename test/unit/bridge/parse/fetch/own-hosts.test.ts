import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../../../bridge/config.ts'
import { ownHosts } from '../../../../../bridge/parse/fetch/own-hosts.ts'

const least = { EDGE_URL: 'https://edge.test', BRIDGE_TOKEN: 'x'.repeat(32), WECHAT_CORP_ID: 'ww', WECHAT_SECRET: 's' }

describe('ownHosts', () => {
  it('names everybody that this service talks to', () => {
    const config = parseConfig({
      ...least,
      WECHAT_API_BASE: 'https://wecom.test/cgi-bin',
      DATABASE_URL: 'postgres://u:p@database.test/kefu',
      RABBITMQ_HOST: 'broker.test',
      OUTBOUND_PROXY: 'http://proxy.test:3128',
      DEEPSEEK_API_KEY: 'k',
      DEEPSEEK_BASE_URL: 'https://deepseek.test',
      EMBEDDING_API_KEY: 'k',
      EMBEDDING_BASE_URL: 'http://embedding.test/v1',
      RERANK_API_KEY: 'k',
      RERANK_BASE_URL: 'http://rerank.test/v1',
      VISION_API_KEY: 'k',
      VISION_BASE_URL: 'http://vision.test/v1',
      ASR_API_KEY: 'k',
      ASR_BASE_URL: 'http://asr.test/v1',
    })
    const wanted = ['edge', 'wecom', 'database', 'broker', 'proxy', 'deepseek', 'embedding', 'rerank', 'vision', 'asr']
    expect(ownHosts(config)).toEqual(expect.arrayContaining([...wanted.map((name) => `${name}.test`), '127.0.0.1']))
  })

  it('names nobody who is not there', () => {
    expect(ownHosts(parseConfig({ ...least, DEEPSEEK_API_KEY: '' })).sort()).toEqual([
      '127.0.0.1',
      'edge.test',
      'qyapi.weixin.qq.com',
    ])
  })
})
