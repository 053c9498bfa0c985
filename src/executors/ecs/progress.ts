import { following } from '#executors/aws/following.ts'
import type { Progress } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { sinceOf } from './apply.ts'
import { apiOf, type EcsParts } from './context.ts'
import { againOf, bringing, type Deploying, wantedBy } from './move.ts'
import type { Deployment } from './objects.ts'
import { shortName } from './revision.ts'
import type { EcsChange } from './schema.ts'
import { readyOf, see, type Seen } from './seen.ts'
import { isInFlight, isSamePause, isShifted, isTakenBack, pauseOf, reasonOf } from './states.ts'

type Moving = Extract<Progress, { kind: 'moving' }>
type Failed = Extract<Progress, { kind: 'failed' }>

/**
 * Follows the very deployment that brings what was wanted, and not the service: ECS's own waiter calls a service stable when
 * a circuit breaker has put the bad version back, and not while a former version is kept for a while.
 */
export function progress(
  parts: EcsParts,
  change: EcsChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const api = apiOf(parts, change.target)
  let mostFailed = 0
  /** It was being taken back already when somebody began to wait: who does knows that, and waits for its end. */
  let isAwaited: boolean | undefined
  const next = async (): Promise<Progress> => {
    // Registered is registered.
    if (change.kind === 'register') return { kind: 'settled', ready: 0, wanted: 0 }
    const { now: found, failed, isTakingBack = false } = await look(api, change, signal)
    mostFailed = Math.max(mostFailed, failed)
    isAwaited ??= isTakingBack
    const now = isAwaited && isTakingBack && found.kind === 'failed' ? stillMoving(found) : found
    return now.kind === 'moving' ? withFailures(now, mostFailed) : now
  }
  return following(parts.lookEveryMs, next, signal)
}

interface Looked {
  readonly now: Progress
  /** Tasks that failed in a row: ECS forgets them as soon as one runs. */
  readonly failed: number
  /** ECS is not through with taking it back: it fails, and can be made once more only later. */
  readonly isTakingBack?: boolean
}

const stillMoving = ({ message, ready, wanted }: Failed): Moving => ({
  kind: 'moving',
  ready,
  wanted,
  note: message,
})

async function look(api: EcsApi, change: Deploying, signal: AbortSignal): Promise<Looked> {
  const seen = await see(api, change.target, signal, { since: sinceOf(change) })
  if (!seen) return { now: ended(`${change.target.service} is gone`), failed: 0 }
  const failed =
    seen.service.deployments.find(({ status }) => status === 'PRIMARY')?.failedTasks ?? 0
  const arn = bringing(change, seen)
  if (arn === undefined) return { now: unbrought(change, seen), failed }
  const isNewest = arn === seen.newest?.serviceDeploymentArn
  const [deployment] = isNewest ? [seen.newest] : await api.describedDeployments([arn], signal)
  if (!deployment) return { now: moving(seen, ''), failed }
  const isTakingBack = isNewest && isInFlight(deployment) && isTakenBack(deployment)
  return { now: judged(change, seen, deployment, isNewest), failed, isTakingBack }
}

/** No deployment brings it: nothing was changed yet, it was there already, or something else was deployed. */
function unbrought(change: Deploying, seen: Seen): Progress {
  const { newest, asked } = seen
  if (asked === wantedBy(change) && !(newest && isInFlight(newest))) return steady(change, seen)
  const isAsPlanned =
    newest?.serviceDeploymentArn ===
    ('deployment' in change ? change.deployment : change.after?.arn)
  // It ended by itself before it could be halted.
  if (isAsPlanned && change.kind === 'halt' && newest && !isInFlight(newest))
    return { kind: 'settled', ready: 0, wanted: 0 }
  if (!isAsPlanned && asked !== wantedBy(change))
    return ended(`superseded by ${shortName(asked)}`, seen, change)
  return moving(seen, 'ECS does not tell of the deployment yet')
}

function judged(
  change: Deploying,
  seen: Seen,
  deployment: Deployment,
  isNewest: boolean,
): Progress {
  const wanted = wantedBy(change)
  const isBack = seen.back === wanted && isTakenBack(deployment)
  const { status } = deployment
  // Made once more beside one that is still on its way back, it would be superseded by that.
  const over = (message: string): Progress => {
    const again = isNewest && !isInFlight(deployment) ? againOf(change, seen) : undefined
    return { ...ended(message, seen, change), ...(again ? { again } : {}) }
  }
  if (!isNewest && seen.asked !== wanted)
    return ended(`superseded by ${shortName(seen.asked)}`, seen, change)
  if (status === 'ROLLBACK_FAILED')
    return over(`ECS could not take it back: ${reasonOf(deployment)}`)
  if (isTakenBack(deployment) && !isBack) {
    const took = isInFlight(deployment) ? 'is taking' : 'took'
    return over(`ECS ${took} it back to ${shortName(seen.asked)}: ${reasonOf(deployment)}`)
  }
  if (status === 'STOPPED') return over(`ECS stopped it: ${reasonOf(deployment)}`)
  if (!isInFlight(deployment) || isShifted(deployment)) return steady(change, seen)
  const pause = pauseOf(deployment)
  // It went on, and waits for the next word.
  if (change.kind === 'go_on' && pause !== undefined && !isSamePause(change, pause))
    return { kind: 'settled', ready: readyOf(seen, wanted), wanted: seen.service.desiredCount }
  return moving(seen, noteOf(deployment), wanted)
}

/** The deployment is well; the tasks have the last word. */
function steady(change: Deploying, seen: Seen): Progress {
  const wanted = seen.service.desiredCount
  const ready = readyOf(seen, wantedBy(change))
  return ready >= wanted
    ? { kind: 'settled', ready: wanted, wanted }
    : moving(seen, 'the deployment is done, its tasks are not all there', wantedBy(change))
}

function noteOf(deployment: Deployment): string {
  if (pauseOf(deployment) !== undefined)
    return 'it waits at a PAUSE hook until somebody continues it in ECS'
  const { lifecycleStage, status } = deployment
  return (lifecycleStage ?? status).toLowerCase().replaceAll('_', ' ')
}

const moving = (seen: Seen, note: string, definition = ''): Progress => ({
  kind: 'moving',
  ready: definition === '' ? 0 : readyOf(seen, definition),
  wanted: seen.service.desiredCount,
  note,
})

const ended = (message: string, seen?: Seen, change?: Deploying): Failed => ({
  kind: 'failed',
  message,
  ready: seen && change ? readyOf(seen, wantedBy(change)) : 0,
  wanted: seen?.service.desiredCount ?? 0,
})

const withFailures = (now: Moving, failed: number): Moving =>
  failed === 0
    ? now
    : {
        ...now,
        note: `${now.note}; ${failed} ${failed === 1 ? 'task has' : 'tasks have'} failed to start`,
      }
