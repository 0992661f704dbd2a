/** The embedding vendor's own shape of call: Ark's multimodal one where it is named so, else OpenAI's. */
import type { KnowledgeVendor } from './call-vendor.ts'
import type { Embed } from './embed.ts'
import { createArkEmbed } from './embed-ark.ts'
import { createOpenaiEmbed, type EmbedOptions } from './embed-openai.ts'

/** An endpoint id (`ep-…`) does not tell its model: then the address that ends in `/embeddings/multimodal` does. */
export function createEmbed(vendor: KnowledgeVendor, options: EmbedOptions = {}): Embed {
  const isMultimodal = /embedding-vision/.test(vendor.model) || /\/multimodal\/?$/.test(vendor.baseUrl)
  return isMultimodal ? createArkEmbed(vendor, options) : createOpenaiEmbed(vendor, options)
}
