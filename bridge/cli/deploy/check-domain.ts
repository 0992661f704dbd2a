import type { Text } from '../language.ts'

/** What is wrong with a name for the Worker; undefined: nothing. */
export function checkDomain(domain: string): Text | undefined {
  if (domain.endsWith('.workers.dev')) {
    return {
      zh: 'workers.dev 在中国大陆访问不到，请用自己的域名',
      en: "workers.dev can't be reached from mainland China: take a domain of your own",
    }
  }
  const isName = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i.test(domain)
  return isName ? undefined : { zh: '写域名，例如 kefu.example.com', en: 'must be a domain such as kefu.example.com' }
}
