import { shortName } from './revision.ts'
import type { ChangeOf, EcsChange } from './schema.ts'
import { markOf, type Seen } from './seen.ts'
import { isInFlight, isSamePause, isTakenBack, pauseOf, wasRejected } from './states.ts'

/** What there is to do for a change, by what a service is told at the moment. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'superseded'; readonly why: string }
  /** ECS has one deployment at a time of a service, and ends this one by itself. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'register'; readonly definition: string }
  | { readonly kind: 'update'; readonly definition: string; readonly isAnew?: true }
  | { readonly kind: 'stop'; readonly deployment: string }
  | { readonly kind: 'roll_back_at_hook'; readonly deployment: string; readonly hook: string }
  | { readonly kind: 'go_on_at_hook'; readonly deployment: string; readonly hook: string }

const nothing = { kind: 'nothing' } as const

/**
 * ECS knows no token by which a change could be told from another. So every change names the deployment that was the newest
 * when it was planned: as long as that one is, nobody has come in between; and a newer one of the wanted task definition is
 * the change itself, made by a request whose answer was lost.
 */
export function moveFor(change: EcsChange, seen: Seen | undefined): Move {
  const { service: name } = change.target
  if (!seen) return superseded(`${name} is gone`)
  const { service } = seen
  if (service.serviceArn !== change.service || (service.createdAt ?? null) !== change.createdAt)
    return superseded(`${name} was deleted and made again`)
  if (service.status !== 'ACTIVE') return superseded(`${name} is ${service.status}`)
  switch (change.kind) {
    case 'register':
      return registerMove(change, seen)
    case 'halt':
      return haltMove(change, seen)
    case 'go_on':
      return goOnMove(change, seen)
    case 'go_back':
      return change.undoes ? undoMove(change, seen) : goBackMove(change, seen)
  }
}

/** Whether there is a copy already is for whoever makes it to find out. */
function registerMove(change: ChangeOf<'register'>, { newest, asked }: Seen): Move {
  const { definition, after, undoes, target } = change
  if (undoes) return nothing
  return (newest?.serviceDeploymentArn ?? null) === after
    ? { kind: 'register', definition }
    : superseded(`${shortName(asked)} was deployed to ${target.service} meanwhile`)
}

function haltMove({ deployment }: ChangeOf<'halt'>, { newest }: Seen): Move {
  if (newest?.serviceDeploymentArn !== deployment)
    return superseded('another deployment was started meanwhile')
  return isInFlight(newest) && !isTakenBack(newest) ? stopping(newest) : nothing
}

/** Another hook of the same deployment, or the same one at another stage, is for another word. */
function goOnMove(change: ChangeOf<'go_on'>, { newest, asked }: Seen): Move {
  const { deployment, hook, to, target } = change
  if (newest?.serviceDeploymentArn !== deployment)
    return superseded(`${shortName(asked)} was deployed to ${target.service} meanwhile`)
  if (wasRejected(newest) || newest.status === 'STOPPED' || asked !== to)
    return superseded(`the deployment of ${shortName(to)} was taken back meanwhile`)
  const pause = pauseOf(newest)
  return pause && isSamePause(change, pause) ? { kind: 'go_on_at_hook', deployment, hook } : nothing
}

function goBackMove({ to, after, target, anew }: ChangeOf<'go_back'>, seen: Seen): Move {
  const { asked, newest, back, later } = seen
  if (asked === to && !anew) return nothing
  // It was made, whatever came after it.
  if (seen.sinceWentTo === to || later.some((one) => definitionOf(seen, one) === to)) return nothing
  if (newest && newest.serviceDeploymentArn !== after?.arn)
    return superseded(`${shortName(asked)} was deployed to ${target.service} meanwhile`)
  if (!newest || !isInFlight(newest))
    return { kind: 'update', definition: to, ...(anew ? { isAnew: true } : {}) }
  if (back === to) return stopping(newest)
  return anew && isTakenBack(newest)
    ? { kind: 'wait', why: 'ECS still takes the deployment back' }
    : superseded(`a deployment of ${target.service} is under way, which must end first`)
}

/** Takes our own change back while what it brought is asked for, and nothing that came later. */
function undoMove({ from, to, target }: ChangeOf<'go_back'>, { asked, newest, back }: Seen): Move {
  if (asked === to) return nothing
  if (asked !== from)
    return superseded(`${shortName(asked)} was deployed to ${target.service} meanwhile`)
  return newest && isInFlight(newest) && !isTakenBack(newest) && back === to
    ? stopping(newest)
    : { kind: 'update', definition: to }
}

/** One that waits at a hook is told there; to stop it would be refused or come too late. */
function stopping(deployment: NonNullable<Seen['newest']>): Move {
  const { serviceDeploymentArn } = deployment
  const pause = pauseOf(deployment)
  return pause === undefined
    ? { kind: 'stop', deployment: serviceDeploymentArn }
    : { kind: 'roll_back_at_hook', deployment: serviceDeploymentArn, hook: pause.hook }
}

/** What is followed by its deployment. */
export type Deploying = Exclude<EcsChange, { kind: 'register' }>

/** The deployment that brings what a change wants: our own, or the one that was taken back. */
export function bringing(change: Deploying, seen: Seen): string | undefined {
  const wanted = wantedBy(change)
  if (change.kind === 'go_on') return change.deployment
  const own = seen.later.find((one) => definitionOf(seen, one) === wanted)
  if (own && change.kind === 'go_back') return own.serviceDeploymentArn
  const { newest } = seen
  return newest && wasRejected(newest) && seen.back === wanted
    ? newest.serviceDeploymentArn
    : undefined
}

/** The same change, for when what it began has ended: by a deployment of its own, whatever it was before. */
export function againOf(change: Deploying, seen: Seen): EcsChange | undefined {
  if (change.kind === 'go_on' || (change.kind === 'go_back' && change.undoes)) return undefined
  const { target, workload, service, createdAt } = change
  return {
    kind: 'go_back',
    target,
    workload,
    service,
    createdAt,
    from: change.kind === 'halt' ? seen.asked : change.from,
    to: wantedBy(change),
    after: markOf(seen),
    undoes: false,
    anew: true,
  }
}

export const wantedBy = (change: Deploying): string =>
  change.kind === 'halt' ? change.back : change.to

const definitionOf = (
  { revisions }: Seen,
  { targetServiceRevisionArn }: Seen['later'][number],
): string | undefined => revisions.get(targetServiceRevisionArn)?.taskDefinition

const superseded = (why: string): Move => ({ kind: 'superseded', why })
