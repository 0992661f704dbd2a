import { Resolver } from 'node:dns/promises'

/**
 * Every address of a name, from the name servers alone: the hosts file and other local sources are not asked, and a slow name
 * server holds up none of this process's other look-ups, as it would in the system's resolver. Empty when there is none.
 */
export async function resolveHost(hostname: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}
