import type { Config } from '../config.ts'
import type { Credentials } from '#cli/desk.ts'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { provenByCluster } from '#identity/kubernetes.ts'
import { provenByIssuer } from '#identity/oidc.ts'
import type { PersonId } from '#domain/ids.ts'
import { type Known, personFor, type Proven } from '#identity/person.ts'

const deadlineMs = 20_000

/** Proves who somebody is in the one way that the configuration names. The account of this machine is never asked: it proves nothing. */
export async function whoSits(
  { terminal, clusters }: Pick<Config, 'terminal' | 'clusters'>,
  credentials: Credentials,
  tell: (text: string) => void,
): Promise<Known> {
  if (!terminal)
    throw new Error(
      'Nobody can be known at this terminal: the configuration has no terminal section (docs/break-glass.md)',
    )
  const { identity } = terminal
  const proven = await (identity.kind === 'oidc'
    ? byIssuer(identity, tell)
    : byCluster(identity.cluster, clusters, credentials))
  const known = personFor(proven, terminal)
  tell(
    known.isMapped
      ? `You are ${proven.name} (${known.person.split(':').at(-1)}), says ${proven.issuer}.`
      : `You are ${proven.name}, says ${proven.issuer}; the configuration maps that name to nobody, so you hold no role here.`,
  )
  return known
}

/** The people a directory may count as members without Slack's word; strangers are none of them. */
export const vouchedFor = (sitting: readonly Known[]): ReadonlyMap<PersonId, string> =>
  new Map(
    sitting.flatMap(({ person, identity, isMapped }) => (isMapped ? [[person, identity]] : [])),
  )

const byIssuer = (
  identity: Parameters<typeof provenByIssuer>[0],
  tell: (text: string) => void,
): Promise<Proven> =>
  provenByIssuer(
    identity,
    ({ url, code, completeUrl, expiresInSeconds }) =>
      tell(
        [
          'Who are you? On any device with a browser',
          `  open   ${url}`,
          `  enter  ${code}`,
          ...(completeUrl === undefined ? [] : [`  or open ${completeUrl}`]),
          `Waiting, for ${Math.floor(expiresInSeconds / 60)} minutes at most …`,
        ].join('\n'),
      ),
    new AbortController().signal,
  )

function byCluster(
  name: string,
  clusters: Config['clusters'],
  { kubeconfig, context }: Credentials,
): Promise<Proven> {
  const source = clusters.get(name)
  if (!source) throw new Error(`There is no cluster ${name} in the configuration`)
  const as = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  }
  const server =
    source.kind === 'in-cluster'
      ? { inCluster: true }
      : {
          ...(source.path === undefined ? {} : { kubeconfig: source.path }),
          ...(source.context === undefined ? {} : { context: source.context }),
        }
  const api = kubernetesApi(connect({ ...server, as }))
  return provenByCluster(api, name, AbortSignal.timeout(deadlineMs))
}
