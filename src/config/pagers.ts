import { z } from 'zod'
import { nearest } from '#domain/nearest.ts'
import type { Finding } from './finding.ts'

const region = z.enum(['us', 'eu']).default('us')

/** One way to call people each; what it may do stands in the environment, as PAGER_<NAME>_KEY. */
export const PagersSection = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be small letters, digits and dashes, such as payments'),
  z
    .strictObject({
      /** Events API v2. */
      pagerduty: z.strictObject({ region }).optional(),
      /** Jira Service Management, which took over from Opsgenie. */
      jsm: z.strictObject({}).optional(),
    })
    .refine(({ pagerduty, jsm }) => (pagerduty === undefined) !== (jsm === undefined), {
      message: 'needs exactly one of pagerduty and jsm',
    }),
)
export type PagersSection = z.infer<typeof PagersSection>

/** An address of one's own would be a way to send the key anywhere: these are the vendors'. */
export interface PagerSettings {
  readonly kind: 'pagerduty' | 'jsm'
  readonly url: string
}
export type Pagers = ReadonlyMap<string, PagerSettings>
/** By the name of the pager; never in the file. */
export type PagerKeys = ReadonlyMap<string, string>

export const pagerSettings = (section: PagersSection): Pagers =>
  new Map(
    Object.entries(section).map(([name, { pagerduty }]): [string, PagerSettings] => [
      name,
      pagerduty
        ? { kind: 'pagerduty', url: `https://events.${isEu(pagerduty)}pagerduty.com` }
        : { kind: 'jsm', url: 'https://api.atlassian.com' },
    ]),
  )

const isEu = ({ region: at }: { readonly region: 'us' | 'eu' }): string =>
  at === 'eu' ? 'eu.' : ''

/** `PAGER_FRONT_END_KEY` for `front-end`. */
export const pagerVariable = (name: string): string =>
  `PAGER_${name.toUpperCase().replaceAll('-', '_')}_KEY`

/** Where a pager that a service names stands nowhere. */
export const pagerProblems = (
  pagers: readonly string[],
  rows: readonly (readonly [string, { readonly pager?: string | undefined }])[],
): readonly Finding[] =>
  rows.flatMap(([service, { pager }]) => {
    if (pager === undefined || pagers.includes(pager)) return []
    const [near] = nearest(pagers, pager)
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    return [
      {
        path: ['services', service, 'pager'],
        text: `no pager ${pager} stands under pagers${hint}`,
      },
    ]
  })

/** What is missing in the environment for the pagers that the file names. */
export const pagerKeyProblems = (pagers: Pagers, keys: PagerKeys): readonly string[] =>
  [...pagers].flatMap(([name, { kind }]) =>
    keys.has(name)
      ? []
      : [
          kind === 'pagerduty'
            ? `${pagerVariable(name)} is missing: pagers.${name} needs the integration key of an “Events API v2” integration.`
            : `${pagerVariable(name)} is missing: pagers.${name} needs the key of an “API” integration of the team.`,
        ],
  )
