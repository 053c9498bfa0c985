import { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import { ComposeSection, composeTarget } from './docker.ts'
import { Url } from './url.ts'

/** A name would be looked up at every reload, and one that does not resolve makes the whole reload fail. */
const Server = z
  .string()
  .regex(
    /^((\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/,
    'must be an address with a port such as 127.0.0.1:8081, not a name: one that does not resolve would fail every reload',
  )

const Slot = z.strictObject({
  servers: z.array(Server).min(1).max(50),
  /** Asked directly, before requests are brought there. */
  health: Url,
  /** The service of Compose that stands in it: then it is started where it was stopped. */
  compose: ComposeSection.exactOptional(),
})

/** What is named twice: then a change to the slot that waits would be one to the slot that serves. */
function inBoth(slots: readonly z.infer<typeof Slot>[]): readonly string[] {
  const named = slots.flatMap(({ servers, health, compose }) => [
    ...new Set([...servers, health, ...(compose ? [composeTarget(compose).title] : [])]),
  ])
  return named.filter((one, index) => named.indexOf(one) !== index)
}

/** Two slots behind an nginx on the machine of Countermand. */
export const NginxSection = z.strictObject({
  upstream: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be small letters, digits, dashes and underscores'),
  /** The one file that Countermand writes; nginx includes it. */
  file: z
    .string()
    .max(1000)
    .regex(/^\/[^\p{Cc}]*$/u, 'must be a path from the root'),
  /** What people reach, through nginx. */
  front: Url,
  /** In which every answer says which version gave it. */
  versionHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header')
    .default('x-version'),
  slots: z
    .record(
      z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be small letters and digits, such as blue'),
      Slot,
    )
    .refine((slots) => Object.keys(slots).length === 2, { message: 'needs two slots' })
    .superRefine((slots, context) => {
      for (const one of inBoth(Object.values(slots)))
        context.addIssue({
          code: 'custom',
          message: `${one} stands in both slots, and must be told apart: to bring one slot back would change who serves`,
        })
    }),
  /** nginx is tested and reloaded by `sudo -n`. */
  sudo: z.boolean().default(false),
})

export const nginxTarget = (nginx: z.infer<typeof NginxSection>): Target => ({
  executor: 'nginx',
  workload: workloadId(`nginx${nginx.file}`),
  title: `nginx upstream ${nginx.upstream}`,
  spec: nginx,
})
