import { z } from 'zod'

/** `1.2.3.4`, `1.2.3.*` or a CIDR range; as the platform writes them. */
export const addresses = z
  .looseObject({ ip_list: z.array(z.string()).nullish() })
  .transform(({ ip_list }) => ip_list ?? [])
