/** Who answers: asks for the key of one vendor, unless one is configured already. */
import { ANSWERERS, type AnswererName } from '../../config.ts'
import type { Text } from '../language.ts'
import type { Asker } from './asker.ts'
import type { SettingFiles } from './files.ts'

interface Field {
  name: string
  question: Text
  isSecret?: boolean
}

const key = (name: string, vendor: string): Field => ({
  name,
  question: { zh: `${vendor} 的密钥`, en: `Key of ${vendor}` },
  isSecret: true,
})

const VENDORS: Readonly<Record<AnswererName, { label: Text; fields: readonly Field[] }>> = {
  deepseek: {
    label: { zh: 'DeepSeek（platform.deepseek.com）', en: 'DeepSeek (platform.deepseek.com)' },
    fields: [key('DEEPSEEK_API_KEY', 'DeepSeek')],
  },
  doubao: {
    label: { zh: '豆包（火山方舟）', en: 'Doubao (Volcengine Ark)' },
    fields: [key('ARK_API_KEY', '火山方舟 Ark')],
  },
  openai: {
    label: { zh: '其他兼容 OpenAI 的服务', en: "another server that speaks OpenAI's protocol" },
    fields: [
      { name: 'OPENAI_BASE_URL', question: { zh: '它的地址，以 /v1 结尾', en: 'Its address, which ends in /v1' } },
      { name: 'OPENAI_MODEL', question: { zh: '模型名称', en: 'Name of the model' } },
      key('OPENAI_API_KEY', 'OpenAI'),
    ],
  },
  dify: {
    label: { zh: 'Dify 应用', en: 'an app of Dify' },
    fields: [
      { name: 'DIFY_BASE_URL', question: { zh: 'Dify 的 API 地址', en: "Address of Dify's API" } },
      key('DIFY_API_KEY', 'Dify'),
    ],
  },
  fastgpt: {
    label: { zh: 'FastGPT 应用', en: 'an app of FastGPT' },
    fields: [
      { name: 'FASTGPT_BASE_URL', question: { zh: 'FastGPT 的 API 地址', en: "Address of FastGPT's API" } },
      key('FASTGPT_API_KEY', 'FastGPT'),
    ],
  },
  langgraph: {
    label: { zh: 'LangGraph 服务', en: 'a LangGraph server' },
    fields: [{ name: 'LANGGRAPH_BASE_URL', question: { zh: 'LangGraph 的地址', en: 'Address of LangGraph' } }],
  },
}

/** The setting that says that a vendor is configured. */
const SWITCH = (name: AnswererName) => VENDORS[name].fields.at(-1)?.name ?? ''

/** The settings to write; none when a vendor is configured. */
export async function chooseModel(asker: Asker, files: SettingFiles): Promise<Readonly<Record<string, string>>> {
  const known = ANSWERERS.find((name) => files.get('.env', SWITCH(name)) !== '')
  if (known !== undefined) {
    asker.tell('ok', { zh: `模型已配置：${known}`, en: `a model is configured: ${known}` })
    return {}
  }
  const name = await asker.choose<AnswererName | 'none'>(
    'SETUP_MODEL',
    { zh: '由哪个模型回答？', en: 'Which model answers?' },
    {
      choices: [
        ...ANSWERERS.map((value) => ({ value, label: VENDORS[value].label })),
        {
          value: 'none',
          label: { zh: '先不用模型，只用知识库的原文回答', en: 'none: passages of the knowledge base as they stand' },
        },
      ],
      initial: files.get('.env', 'SETUP_MODEL') === 'none' ? 'none' : 'deepseek',
    },
  )
  // For the next run; no setting of the bridge.
  if (name === 'none') return { SETUP_MODEL: name }
  const answers: Record<string, string> = {}
  for (const field of VENDORS[name].fields) {
    answers[field.name] = await asker.text(field.name, field.question, { isSecret: field.isSecret === true })
  }
  return answers
}
