import { shortName } from '#executors/ecs/revision.ts'
import { type Deployment, isInFlight, isReturn, wasRejected } from './objects.ts'
import type { ChangeOf, CodeDeployChange } from './schema.ts'
import { definitionOf, isAboutToEnd, isShifted, isWaiting, markOf, type Seen } from './seen.ts'

/** What there is to do for a change, by what a service is told at the moment. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'superseded'; readonly why: string }
  /** CodeDeploy is busy with what must come first, and ends that by itself. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'create'; readonly definition: string; readonly like: string | null }
  | { readonly kind: 'stop'; readonly deployment: string }
  | { readonly kind: 'go_on'; readonly deployment: string }

const nothing = { kind: 'nothing' } as const
const superseded = (why: string): Move => ({ kind: 'superseded', why })

/** As with ECS's own deployments: every change names the deployment that was the newest when it was planned, and a newer one of the wanted definition is the change itself. */
export function moveFor(change: CodeDeployChange, seen: Seen | undefined): Move {
  const { service: name } = change.target
  if (!seen) return superseded(`${name} is gone`)
  const { service } = seen
  if (service.serviceArn !== change.service || (service.createdAt ?? null) !== change.createdAt)
    return superseded(`${name} was deleted and made again`)
  if (service.status !== 'ACTIVE') return superseded(`${name} is ${service.status}`)
  switch (change.kind) {
    case 'halt':
      return haltMove(change, seen)
    case 'go_on':
      return goOnMove(change, seen)
    case 'go_back':
      return change.undoes ? undoMove(change, seen) : goBackMove(change, seen)
  }
}

function haltMove({ deployment }: ChangeOf<'halt'>, seen: Seen): Move {
  const { newest } = seen
  if (newest && isReturnOf(newest, deployment)) return nothing
  if (newest?.deploymentId !== deployment)
    return superseded('another deployment was started meanwhile')
  return isInFlight(newest) ? { kind: 'stop', deployment } : nothing
}

/** A deployment waits for this word once; whether one of ours that is under way waits still to come, or goes on by now, CodeDeploy does not tell. */
function goOnMove(change: ChangeOf<'go_on'>, seen: Seen): Move {
  const { to, target } = change
  const own = bringing(change, seen)
  if (own && wasRejected(own))
    return superseded(`the deployment of ${shortName(to)} was taken back meanwhile`)
  if (!own || own.deploymentId !== seen.newest?.deploymentId)
    return superseded(`${saidOf(seen.asked)} was deployed to ${target.service} meanwhile`)
  if (isWaiting(seen, own)) return { kind: 'go_on', deployment: own.deploymentId }
  return change.deployment !== null || isShifted(seen, own)
    ? nothing
    : { kind: 'wait', why: `CodeDeploy still starts the tasks of deployment ${own.deploymentId}` }
}

function goBackMove({ to, after, like, target }: ChangeOf<'go_back'>, seen: Seen): Move {
  const { asked, newest, back, later } = seen
  if (asked === to) return nothing
  // It was made, whatever came after it.
  if (later.some((one) => definitionOf(seen, one) === to)) return nothing
  if (newest && newest.deploymentId !== after?.id && !isReturnOf(newest, after?.id))
    return superseded(`${saidOf(asked)} was deployed to ${target.service} meanwhile`)
  if (newest && (seen.isReturnDue || (isInFlight(newest) && isReturnOf(newest, after?.id))))
    return { kind: 'wait', why: `CodeDeploy still takes deployment ${after?.id} back` }
  if (!newest || !isInFlight(newest)) return { kind: 'create', definition: to, like }
  if (isAboutToEnd(seen, newest)) return untilItEnds(newest)
  return back === to
    ? { kind: 'stop', deployment: newest.deploymentId }
    : superseded(`a deployment of ${target.service} is under way, which must end first`)
}

/** Takes our own change back while what it brought is asked for, and nothing that came later. */
function undoMove({ from, to, like, target, ready }: ChangeOf<'go_back'>, seen: Seen): Move {
  const { asked, newest, back, later } = seen
  if (asked === to)
    return ready === 'goes_on' && newest && later.includes(newest) && isWaiting(seen, newest)
      ? { kind: 'go_on', deployment: newest.deploymentId }
      : nothing
  if (asked !== from)
    return superseded(`${saidOf(asked)} was deployed to ${target.service} meanwhile`)
  if (newest && seen.isReturnDue)
    return { kind: 'wait', why: `CodeDeploy may take deployment ${newest.deploymentId} back` }
  if (!newest || !isInFlight(newest)) return { kind: 'create', definition: to, like }
  if (isAboutToEnd(seen, newest)) return untilItEnds(newest)
  if (back === to) return { kind: 'stop', deployment: newest.deploymentId }
  return superseded(`a deployment of ${target.service} is under way, which must end first`)
}

const untilItEnds = ({ deploymentId }: Deployment): Move => ({
  kind: 'wait',
  why: `CodeDeploy is about to end deployment ${deploymentId}`,
})

/** CodeDeploy made it to take that one back. */
const isReturnOf = (one: Deployment, deployment: string | undefined): boolean =>
  isReturn(one) && one.rollbackInfo?.rollbackTriggeringDeploymentId === deployment

const saidOf = (definition: string): string =>
  definition === '' ? 'another version' : shortName(definition)

export const wantedBy = (change: CodeDeployChange): string =>
  change.kind === 'halt' ? change.back : change.to

/** The same change, for when what it began has ended: the return, too, by a deployment of its own then. */
export function againOf(change: CodeDeployChange, seen: Seen): CodeDeployChange | undefined {
  if (change.kind === 'go_on') return undefined
  if (change.kind === 'go_back')
    return change.undoes ? undefined : { ...change, after: markOf(seen) }
  const { kind: _, deployment: _deployment, back, ...at } = change
  const after = markOf(seen)
  return { kind: 'go_back', ...at, from: seen.asked, to: back, after, like: null, undoes: false }
}

/** The deployment that brings what a change wants: our own, or the one that takes another back. */
export function bringing(change: CodeDeployChange, seen: Seen): Deployment | undefined {
  if (change.kind === 'halt')
    return seen.deployments.find((one) => isReturnOf(one, change.deployment))
  return change.kind === 'go_on' && change.deployment !== null
    ? seen.deployments.find(({ deploymentId }) => deploymentId === change.deployment)
    : seen.later.find((one) => definitionOf(seen, one) === change.to)
}
