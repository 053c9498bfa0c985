import { z } from 'zod'
import type { Finding } from './finding.ts'
import { text } from './text.ts'

/** Who somebody is at a terminal, where Slack cannot say it. */
export interface TerminalSettings {
  /** The Slack workspace that member ids without one belong to. */
  readonly workspace: string
  readonly identity:
    | {
        readonly kind: 'oidc'
        readonly issuer: string
        readonly clientId: string
        readonly claim: 'email' | 'sub'
      }
    | { readonly kind: 'kubernetes'; readonly cluster: string }
  readonly people: readonly TerminalPerson[]
}
export interface TerminalPerson {
  /** A Slack member id, with its workspace in front. */
  readonly person: string
  /** Values of the claim, or user names of the cluster, that are this person. */
  readonly is: readonly string[]
  /** All of which they must also be in. */
  readonly groups: readonly string[]
}

const Issuer = z.string().max(2000).refine(isIssuer, {
  message:
    'must be the https:// address of an OpenID Connect issuer, without user, query or fragment',
})

const Identity = z
  .strictObject({
    oidc: z
      .strictObject({
        issuer: Issuer,
        clientId: text(200),
        /** What of the token names a person; an email counts only where the issuer says that it was verified. */
        claim: z.enum(['email', 'sub']).default('email'),
      })
      .optional(),
    kubernetes: z
      .strictObject({
        /** One of `clusters`: it is asked who the operating user is. */
        cluster: text(63),
      })
      .optional(),
  })
  .refine(({ oidc, kubernetes }) => (oidc === undefined) !== (kubernetes === undefined), {
    message: 'needs exactly one of oidc and kubernetes',
  })

export const TerminalSection = z.strictObject({
  workspace: z
    .string()
    .regex(/^T[A-Z0-9]{2,20}$/, 'must be the id of your Slack workspace such as T024BE7LD'),
  identity: Identity,
  people: z.record(
    z
      .string()
      .regex(
        /^(T[A-Z0-9]{2,20}:)?[UW][A-Z0-9]{2,20}$/,
        'must be a Slack member id such as U012AB3CD',
      ),
    z.strictObject({
      is: z.array(text(320)).min(1, 'must say who that is').max(20),
      groups: z.array(text(320)).max(20).default([]),
    }),
  ),
})
export type TerminalSection = z.infer<typeof TerminalSection>

export function terminalSettings(
  section: TerminalSection | undefined,
): TerminalSettings | undefined {
  if (!section) return undefined
  const { workspace, people } = section
  const { oidc, kubernetes } = section.identity
  const identity: TerminalSettings['identity'] | undefined = oidc
    ? { kind: 'oidc', ...oidc }
    : kubernetes && { kind: 'kubernetes', ...kubernetes }
  return (
    identity && {
      workspace,
      identity,
      people: Object.entries(people).map(([person, row]) => ({
        person: person.includes(':') ? person : `${workspace}:${person}`,
        ...row,
      })),
    }
  )
}

/** What is wrong between the rows: one name is one person, and no machine is a person. */
export function terminalProblems(
  section: TerminalSection | undefined,
  clusters: readonly string[],
): readonly Finding[] {
  const settings = terminalSettings(section)
  if (!section || !settings) return []
  const { kubernetes } = section.identity
  const owner = new Map<string, string>()
  return [
    ...(kubernetes && !clusters.includes(kubernetes.cluster)
      ? [
          {
            path: ['terminal', 'identity', 'kubernetes', 'cluster'],
            text: `there is no cluster ${kubernetes.cluster} under clusters`,
          },
        ]
      : []),
    ...Object.entries(section.people).flatMap(([person, { is }]) =>
      is.flatMap((name) => {
        const path = ['terminal', 'people', person]
        const other = owner.get(keyOf(settings, name))
        owner.set(keyOf(settings, name), person)
        if (other !== undefined)
          return [{ path, text: `${name} is ${other} already: one name is one person` }]
        return name.startsWith('system:')
          ? [{ path, text: `${name} is an account of the cluster, not a person` }]
          : []
      }),
    ),
  ]
}

const keyOf = ({ identity }: TerminalSettings, name: string): string =>
  identity.kind === 'oidc' && identity.claim === 'email' ? name.toLowerCase() : name

/** Plain http reaches nobody but this machine. */
function isIssuer(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(url)
  if (username || password || search || hash) return false
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  )
}
