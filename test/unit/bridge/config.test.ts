import { describe, expect, it } from 'vitest'
import { parseConfig, parseDatabaseSettings } from '../../../bridge/config.ts'

const LEAST = {
  EDGE_URL: 'https://kefu.example.com',
  BRIDGE_TOKEN: 'a-bridge-token-of-some-length',
  WECHAT_CORP_ID: 'ww1',
  WECHAT_SECRET: 'top-secret-value',
  DEEPSEEK_API_KEY: 'sk-value',
}

describe('parseConfig', () => {
  it('needs five settings and defaults the rest', () => {
    const config = parseConfig(LEAST)
    expect(config.wecom.apiBase).toBe('https://qyapi.weixin.qq.com/cgi-bin')
    expect(config.console).toEqual({ host: '127.0.0.1', port: 8788, password: undefined })
    expect([...config.roles]).toEqual(['relay', 'fetch', 'parse', 'reply', 'console'])
    expect(config.burst).toEqual({ quietMs: 800, maxWaitMs: 4000 })
    expect(config.rabbitmq).toBeUndefined()
    expect(config.databaseUrl).toBeUndefined()
  })

  it('names every fault at once, and no value', () => {
    const faults = () =>
      parseConfig({
        EDGE_URL: 'ftp://secret-host',
        BRIDGE_TOKEN: 'short-value',
        PORT: 'many',
        HOST: '0.0.0.0',
        ROLES: 'fetch,cook',
      })
    expect(faults).toThrow(/EDGE_URL.*BRIDGE_TOKEN.*WECHAT_CORP_ID.*WECHAT_SECRET.*PORT.*ROLES.*HOST/s)
    expect(faults).not.toThrow(/secret-host|short-value|many|0\.0\.0\.0|cook/)
  })

  it('takes an empty value for none', () => {
    expect(() => parseConfig({ ...LEAST, WECHAT_SECRET: '  ' })).toThrow(/WECHAT_SECRET 未设置 · is missing/)
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['an open address without a password', { HOST: '0.0.0.0' }, /CONSOLE_PASSWORD/],
    ['a fallback without its key', { ANSWERER_FALLBACK: 'openai' }, /ANSWERER_FALLBACK 还需要 OPENAI_API_KEY · needs/],
    ['another server without a model', { OPENAI_API_KEY: 'k' }, /OPENAI_MODEL 未设置 · is missing/],
    ['an agent without its server', { ANSWERER: 'langgraph' }, /ANSWERER 还需要 LANGGRAPH_BASE_URL · needs/],
    ['FastGPT without its address', { FASTGPT_API_KEY: 'k' }, /FASTGPT_BASE_URL 未设置 · is missing/],
    ['an unknown answerer', { ANSWERER: 'oracle' }, /ANSWERER .* must be one of/],
    ['a burst that waits less than its quiet', { BURST_QUIET_MS: '5000' }, /BURST_MAX_WAIT_MS/],
    ['a database address of another kind', { DATABASE_URL: 'mysql://x' }, /DATABASE_URL .* must be postgres/],
    ['a port out of range', { PORT: '70000' }, /PORT 不大于 65535 · must be at most 65535/],
  ])('refuses %s', (_what, over, message) => {
    expect(() => parseConfig({ ...LEAST, ...over })).toThrow(message)
  })

  it('answers from the knowledge when no model is configured', () => {
    const { answerer, fallback } = parseConfig({ ...LEAST, DEEPSEEK_API_KEY: '' })
    expect([answerer, fallback]).toEqual(['knowledge', undefined])
    expect(parseConfig({ ...LEAST, ANSWERER_FALLBACK: 'knowledge' }).fallback).toBe('knowledge')
  })

  it('takes the first answerer that is configured, in a fixed order', () => {
    const all = {
      ...LEAST,
      ARK_API_KEY: 'k',
      OPENAI_API_KEY: 'k',
      OPENAI_MODEL: 'm',
      DIFY_API_KEY: 'k',
      FASTGPT_API_KEY: 'k',
      FASTGPT_BASE_URL: 'https://fastgpt.example.com',
      LANGGRAPH_BASE_URL: 'http://agent.internal:8123',
    }
    const chosen: (string | undefined)[] = []
    for (const name of ['DEEPSEEK_API_KEY', 'ARK_API_KEY', 'OPENAI_API_KEY', 'DIFY_API_KEY', 'FASTGPT_API_KEY']) {
      chosen.push(parseConfig(all).answerer)
      Object.assign(all, { [name]: '' })
    }
    chosen.push(parseConfig(all).answerer)
    expect(chosen).toEqual(['deepseek', 'doubao', 'openai', 'dify', 'fastgpt', 'langgraph'])
    expect(parseConfig(all).vendors).toEqual({
      langgraph: { apiKey: undefined, baseUrl: 'http://agent.internal:8123', assistantId: 'agent' },
    })
  })

  it('hears by what has a key for it, else by DeepSeek, else not at all', () => {
    const { DEEPSEEK_API_KEY: _key, ...without } = { ...LEAST, OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' }
    const own = {
      kind: 'openai',
      apiKey: 'a',
      baseUrl: 'https://api.siliconflow.cn/v1',
      model: 'FunAudioLLM/SenseVoiceSmall',
    }
    expect(parseConfig({ ...without, ASR_API_KEY: 'a' }).asr).toEqual(own)
    expect(parseConfig({ ...without, DEEPSEEK_API_KEY: 'd', ASR_API_KEY: 'a' }).asr).toEqual(own)
    expect(parseConfig({ ...without, DEEPSEEK_API_KEY: 'd' }).asr).toMatchObject({
      kind: 'deepseek',
      apiKey: 'd',
      baseUrl: 'https://api.deepseek.com',
    })
    expect(parseConfig(without).asr).toBeUndefined()
  })

  it('has vectors and a reranker only with their keys', () => {
    expect(parseConfig(LEAST)).toMatchObject({ embedding: undefined, rerank: undefined })
    expect(parseConfig({ ...LEAST, EMBEDDING_API_KEY: 'k', RERANK_API_KEY: 'r' })).toMatchObject({
      embedding: { apiKey: 'k', baseUrl: 'https://api.siliconflow.cn/v1', model: 'BAAI/bge-m3' },
      rerank: { apiKey: 'r', model: 'BAAI/bge-reranker-v2-m3' },
    })
  })

  it('listens elsewhere with a password, on a free port with 0, and by RabbitMQ when it is named', () => {
    const config = parseConfig({
      ...LEAST,
      HOST: '0.0.0.0',
      CONSOLE_PASSWORD: 'long-enough',
      PORT: '0',
      RABBITMQ_HOST: 'mq',
    })
    expect(config.console).toEqual({ host: '0.0.0.0', port: 0, password: 'long-enough' })
    expect(config.rabbitmq).toEqual({ host: 'mq', port: 5672, username: 'guest', password: 'guest', vhost: '/' })
  })

  it('says which settings of the first version have no effect', () => {
    expect(parseConfig({ ...LEAST, SSL_KEYFILE_PATH: '/x', WECHAT_FASTAPI_PORT: '1' }).obsolete).toEqual([
      'WECHAT_FASTAPI_PORT',
      'SSL_KEYFILE_PATH',
    ])
  })

  it('keeps what was said for half a year, or as told, or for ever', () => {
    expect(parseConfig(LEAST).retentionMs).toBe(180 * 86_400_000)
    expect(parseConfig({ ...LEAST, RETENTION_DAYS: '1' }).retentionMs).toBe(86_400_000)
    expect(parseConfig({ ...LEAST, RETENTION_DAYS: '0' }).retentionMs).toBeUndefined()
  })
})

describe('parseDatabaseSettings', () => {
  it('needs nothing that is secret', () => {
    expect(parseDatabaseSettings({})).toEqual({ databaseUrl: undefined, dataDir: './data' })
    expect(parseDatabaseSettings({ DATABASE_URL: 'postgres://db/kefu', DATA_DIR: '' })).toEqual({
      databaseUrl: 'postgres://db/kefu',
      dataDir: './data',
    })
  })

  it('names a fault, and no value', () => {
    const faults = () => parseDatabaseSettings({ DATABASE_URL: 'mysql://secret' })
    expect(faults).toThrow(/DATABASE_URL .* must be postgres/)
    expect(faults).not.toThrow(/secret/)
  })
})
