import { type RevisionId, revisionId } from '#domain/ids.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { Container } from '#executors/docker/objects.ts'
import type { DockerHost } from './context.ts'
import type { ComposeTarget } from './schema.ts'

/** The containers of a service at one moment. */
export interface Seen {
  readonly containers: readonly Container[]
  /** The image that was asked for last. */
  readonly asked: RevisionId
  /** Some containers have another one: a change is under way, or broke off. */
  readonly isMixed: boolean
}

/** The label that says who brought a version. */
export const broughtLabel = 'dev.countermand.brought'

const label = (container: Container, name: string): string =>
  container.Config.Labels[`com.docker.compose.${name}`] ?? ''

/** `undefined` where the service has no container at all. */
export async function see(
  { engine }: DockerHost,
  { project, service }: ComposeTarget,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const containers = await engine.containers(project, service, signal)
  const [newest] = containers.toSorted((a, b) => createdAt(b) - createdAt(a))
  return newest
    ? {
        containers,
        asked: revisionId(newest.Image),
        isMixed: containers.some(({ Image }) => Image !== newest.Image),
      }
    : undefined
}

export const createdAt = ({ Created }: Container): Instant => fromDate(new Date(Created))

/** As Compose wrote it when it made the container: settings and image name, in one figure. */
export const settingsOf = (container: Container): string => label(container, 'config-hash')
export const composeVersionOf = (container: Container): string => label(container, 'version')

export type Condition =
  | { readonly kind: 'ready' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'broken'; readonly why: string }

/** How a container is, by its own health check where it has one; without one all that is known is that it runs. */
export function conditionOf({ Name, RestartCount, State }: Container): Condition {
  const name = Name.replace(/^\//, '')
  const { Status, Health, ExitCode, OOMKilled, Error: message } = State
  if (Status === 'running') {
    if (RestartCount > 0 && Health?.Status !== 'healthy')
      return { kind: 'broken', why: `${name} was restarted ${RestartCount} times` }
    if (Health?.Status === 'unhealthy') return { kind: 'broken', why: `${name} is unhealthy` }
    return Health?.Status === 'starting' ? { kind: 'starting' } : { kind: 'ready' }
  }
  if (Status === 'created')
    return message === '' ? { kind: 'starting' } : { kind: 'broken', why: `${name}: ${message}` }
  if (Status === 'restarting' || OOMKilled || (Status === 'exited' && ExitCode !== 0))
    return {
      kind: 'broken',
      why: `${name} ${Status === 'restarting' ? 'is restarted again and again' : 'ended'} with ${ExitCode}${OOMKilled ? ', for want of memory' : ''}`,
    }
  return { kind: 'stopped' }
}

export const hasHealthCheck = ({ State }: Container): boolean => State.Health !== undefined

export const readyOf = ({ containers }: Seen, image: string): number =>
  containers.filter((one) => one.Image === image && conditionOf(one).kind === 'ready').length
