import { following } from '#executors/aws/following.ts'
import { shortName } from '#executors/ecs/revision.ts'
import type { Progress } from '#ports/executor.ts'
import { sinceOf } from './apply.ts'
import { type Apis, apisOf, type CodeDeployParts } from './context.ts'
import { againOf, bringing, wantedBy } from './move.ts'
import { type Deployment, isInFlight, reasonOf } from './objects.ts'
import type { CodeDeployChange } from './schema.ts'
import { isShifted, isWaiting, readyOf, see, type Seen } from './seen.ts'

/** Follows the very deployment that brings what was wanted: done when all traffic is there, although CodeDeploy keeps the former tasks for a while. */
export function progress(
  parts: CodeDeployParts,
  change: CodeDeployChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const apis = apisOf(parts, change.target)
  return following(parts.lookEveryMs, () => look(apis, change, signal), signal)
}

async function look(apis: Apis, change: CodeDeployChange, signal: AbortSignal): Promise<Progress> {
  const seen = await see(apis, change.target, signal, { since: sinceOf(change) })
  if (!seen) return ended(`${change.target.service} is gone`)
  const own = bringing(change, seen)
  return own ? judged(change, seen, own) : unbrought(change, seen)
}

/** No deployment brings it: nothing was changed yet, it was there already, or something else was deployed. */
function unbrought(change: CodeDeployChange, seen: Seen): Progress {
  const { newest, asked } = seen
  const wanted = wantedBy(change)
  const isMoving = newest !== undefined && isInFlight(newest)
  if (seen.isReturnDue) return moving(change, seen, 'CodeDeploy is about to take it back')
  if (asked === wanted && !isMoving) return steady(change, seen)
  const planned = (change.kind === 'go_back' ? null : change.deployment) ?? sinceOf(change)?.id
  const isAsPlanned = newest?.deploymentId === planned
  // It ended by itself before it could be halted.
  if (isAsPlanned && change.kind === 'halt' && newest?.status === 'Succeeded')
    return { kind: 'settled', ready: 0, wanted: 0 }
  if (!isAsPlanned && asked !== wanted) return superseded(change, seen)
  return moving(change, seen, 'CodeDeploy does not tell of the deployment yet')
}

function judged(change: CodeDeployChange, seen: Seen, own: Deployment): Progress {
  const isNewest = own.deploymentId === seen.newest?.deploymentId
  if (!isNewest && seen.asked !== wantedBy(change)) return superseded(change, seen)
  const over = (message: string): Progress => {
    const again = isNewest ? againOf(change, seen) : undefined
    return { ...ended(message, change, seen), ...(again ? { again } : {}) }
  }
  if (own.status === 'Failed') return over(`CodeDeploy could not finish it: ${reasonOf(own)}`)
  if (own.status === 'Stopped') return over(`CodeDeploy stopped it: ${reasonOf(own)}`)
  if (isShifted(seen, own)) return steady(change, seen)
  if (change.kind === 'go_back' && change.ready === 'settles' && isWaiting(seen, own))
    return steady(change, seen)
  return moving(change, seen, noteOf(change, own))
}

/** The deployment is well; the tasks have the last word. */
function steady(change: CodeDeployChange, seen: Seen): Progress {
  const wanted = seen.service.desiredCount
  return readyOf(seen, wantedBy(change)) >= wanted
    ? { kind: 'settled', ready: wanted, wanted }
    : moving(change, seen, 'the deployment is done, its tasks are not all there')
}

const noteOf = ({ kind }: CodeDeployChange, { status }: Deployment): string =>
  status === 'Ready' && kind !== 'go_on'
    ? 'it waits until somebody reroutes traffic in CodeDeploy'
    : `CodeDeploy: ${status.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()}`

const superseded = (change: CodeDeployChange, seen: Seen): Progress =>
  ended(
    `superseded by ${seen.asked === '' ? 'another version' : shortName(seen.asked)}`,
    change,
    seen,
  )

const moving = (change: CodeDeployChange, seen: Seen, note: string): Progress => ({
  kind: 'moving',
  ready: readyOf(seen, wantedBy(change)),
  wanted: seen.service.desiredCount,
  note,
})

const ended = (
  message: string,
  change?: CodeDeployChange,
  seen?: Seen,
): Extract<Progress, { kind: 'failed' }> => ({
  kind: 'failed',
  message,
  ready: seen && change ? readyOf(seen, wantedBy(change)) : 0,
  wanted: seen?.service.desiredCount ?? 0,
})
