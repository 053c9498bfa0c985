import { type RevisionId, revisionId } from '#domain/ids.ts'
import { between, fromDate, type Instant, seconds } from '#domain/time.ts'
import type { Container } from '#executors/docker/objects.ts'
import type { DockerHost } from './context.ts'
import type { ComposeTarget } from './schema.ts'

/** The containers of a service at one moment. */
export interface Seen {
  readonly engine: string
  /** By the engine’s own clock, which the dates of its containers are of. */
  readonly now: Instant
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
  const [{ ID, SystemTime }, containers] = await Promise.all([
    engine.info(signal),
    engine.containers(project, service, signal),
  ])
  const [newest] = containers.toSorted((a, b) => createdAt(b) - createdAt(a))
  return newest
    ? {
        engine: ID,
        now: fromDate(new Date(SystemTime)),
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
  /** Healthy by its own check; or, where it has none, it has run long enough without a restart. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'starting' }
  /** It runs and has no health check: how it is nobody knows yet. */
  | { readonly kind: 'unproven'; readonly forMicros: number }
  /** Docker starts it again, and it may come up yet. */
  | { readonly kind: 'restarting'; readonly why: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'broken'; readonly why: string }

/** Without a health check: what has run so long without a restart is taken for well. */
export const longEnough = seconds(60)
/** Whoever waits for a database at the start ends a few times, and comes up. So many restarts in so long a time are no start any more. */
const fewRestarts = 3
const longestStart = seconds(30)
/** What is restarted more rarely than that is not restarted again and again: Docker counts for as long as there is the container. */
const restartsApart = seconds(120)

/** How a container is at that moment of its engine, by its own health check where it has one. */
export function conditionOf(container: Container, now: Instant): Condition {
  const { RestartCount, State } = container
  const name = nameIn(container)
  const { Status, Health, ExitCode, OOMKilled, Error: message } = State
  const ended = `with ${ExitCode}${OOMKilled ? ', for want of memory' : ''}`
  if (Status === 'restarting')
    return isLooping(container, now)
      ? { kind: 'broken', why: `${name} is restarted again and again, ended ${ended}` }
      : { kind: 'restarting', why: `${name} ended ${ended} and is started again` }
  if (Status === 'running') {
    if (Health?.Status === 'unhealthy') return { kind: 'broken', why: `${name} is unhealthy` }
    const forMicros = Math.max(0, between(fromDate(new Date(State.StartedAt)), now))
    if (Health?.Status === 'healthy' || (!Health && forMicros >= longEnough))
      return { kind: 'ready' }
    if (isLooping(container, now) && forMicros < longEnough)
      return { kind: 'broken', why: `${name} was restarted ${RestartCount} times` }
    if (RestartCount > 0) return { kind: 'restarting', why: `${name} was restarted` }
    return Health ? { kind: 'starting' } : { kind: 'unproven', forMicros }
  }
  if (Status === 'created')
    return message === '' ? { kind: 'starting' } : { kind: 'broken', why: `${name}: ${message}` }
  if (OOMKilled || (Status === 'exited' && ExitCode !== 0))
    return { kind: 'broken', why: `${name} ended ${ended}` }
  return { kind: 'stopped' }
}

/** Restarts since it was made, which a change does: so often, and one so soon after the other, that it does not come up. */
function isLooping(container: Container, now: Instant): boolean {
  const { RestartCount } = container
  const age = between(createdAt(container), now)
  return RestartCount >= fewRestarts && age >= longestStart && age / RestartCount <= restartsApart
}

export const nameIn = ({ Name }: Container): string => Name.replace(/^\//, '')

export const hasHealthCheck = ({ State }: Container): boolean => State.Health !== undefined

/** How many containers of that image are known to be well. */
export const readyOf = ({ containers, now }: Seen, image: string): number =>
  containers.filter((one) => one.Image === image && conditionOf(one, now).kind === 'ready').length

/** One that runs without a health check serves, as far as anybody knows. */
export const isServing = (container: Container, now: Instant): boolean =>
  ['ready', 'unproven'].includes(conditionOf(container, now).kind)

/** As many as may be serving. */
export const servingOf = ({ containers, now }: Seen, image: string): number =>
  containers.filter((one) => one.Image === image && isServing(one, now)).length

/** While Compose replaces containers an old one and its replacement may both be there, under one number. */
export const scaleOf = ({ containers }: Seen): number =>
  new Set(containers.map((one) => label(one, 'container-number') || one.Id)).size

/** Compose carries a volume without a name over to the container that it makes in another’s place; one that is started beside gets an empty one. */
export const ownVolumesOf = ({ Mounts }: Container): readonly string[] =>
  Mounts.filter(({ Type, Name }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '')).map(
    ({ Destination }) => Destination,
  )
