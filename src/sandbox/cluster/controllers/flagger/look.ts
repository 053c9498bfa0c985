import type { Canary } from '../../flagger-objects.ts'
import type { Context } from '../context.ts'
import { enter, hasChanged, note, phaseOf, read, sync } from './canary.ts'
import { isTakenBack, passes, tell } from './gates.ts'
import { makePrimary, primaryOf, promote, scale, targetOf, unready } from './primary.ts'
import { divides, makeServices, route, routed } from './traffic.ts'

const usualDeadlineSeconds = 600

/** One look at a Canary, as Flagger takes it once in an interval. */
export async function look(context: Context, canary: Canary): Promise<void> {
  if (canary.spec.suspend === true) return
  const target = targetOf(context, canary)
  if (!target) return
  makePrimary(context, canary, target)
  makeServices(context, canary, target)
  if (phaseOf(canary) === '' || phaseOf(canary) === 'Initializing')
    return initialise(context, canary)
  const now = read(context, canary)
  if (now && mayGoOn(context, now)) await goOn(context, now)
}

function initialise(context: Context, canary: Canary): void {
  if (unready(context, primaryOf(context, canary), deadlineOf(canary))) {
    enter(context, canary, 'Initializing')
    return
  }
  scale(context, targetOf(context, canary), 0)
  route(context, canary, 0)
  sync(context, canary, 'Initialized')
}

const underWay = ['Progressing', 'Waiting', 'WaitingPromotion', 'Promoting', 'Finalising']

function mayGoOn(context: Context, canary: Canary): boolean {
  if (underWay.includes(phaseOf(canary))) return true
  const isChanged = hasChanged(context, canary)
  // Of what was given up it takes note, too.
  if (phaseOf(canary) === 'Failed') sync(context, canary, 'Failed')
  return isChanged
}

async function goOn(context: Context, canary: Canary): Promise<void> {
  const skips = canary.spec.skipAnalysis === true
  const primary = skips
    ? undefined
    : unready(context, primaryOf(context, canary), deadlineOf(canary))
  if (primary) return primary.isOver ? giveUp(context, canary) : undefined
  const phase = phaseOf(canary)
  if (!underWay.includes(phase) || phase === 'Waiting') return begin(context, canary)
  const isTrying = phase === 'Progressing' || phase === 'WaitingPromotion'
  if (isTrying && hasChanged(context, canary)) {
    route(context, canary, 0)
    sync(context, canary, 'Progressing')
    return
  }
  const own = unready(context, targetOf(context, canary), deadlineOf(canary))
  if (own) return own.isOver ? giveUp(context, canary) : undefined
  if (skips) return skip(context, canary)
  if (isTrying && (await isTakenBack(canary))) return giveUp(context, canary)
  if (phase === 'Promoting') {
    route(context, canary, 0)
    enter(context, canary, 'Finalising')
  } else if (phase === 'Finalising') await finish(context, canary)
  else await advance(context, canary)
}

async function begin(context: Context, before: Canary): Promise<void> {
  const canary = read(context, before) ?? before
  if (!(await passes(canary, 'confirm-rollout'))) {
    if (phaseOf(canary) !== 'Waiting') enter(context, canary, 'Waiting')
    return
  }
  scale(context, targetOf(context, canary), primaryOf(context, canary)?.spec.replicas ?? 1)
  await tell(
    context,
    sync(context, canary, 'Progressing'),
    `New revision detected! Scaling up ${canary.metadata.name}`,
    'Normal',
  )
}

async function advance(context: Context, canary: Canary): Promise<void> {
  const { analysis } = canary.spec
  const { iterations = 0 } = analysis
  if (iterations > 0 || !divides(canary)) return tryAgain(context, canary, iterations)
  const share = routed(context, canary)
  const isWaiting = phaseOf(canary) === 'WaitingPromotion'
  if (!isWaiting && !(await passes(canary, 'confirm-traffic-increase', 'Progressing'))) return
  const next = stepsOf(canary).find((step) => step > share)
  if (next !== undefined) {
    route(context, canary, next)
    note(context, canary, { canaryWeight: next })
  } else if (await mayPromote(context, canary)) promoteNow(context, canary)
}

/** By blue-green: so many looks, and a last one before it is promoted. */
async function tryAgain(context: Context, canary: Canary, most: number): Promise<void> {
  const { iterations = 0 } = canary.status ?? {}
  if (iterations < most) note(context, canary, { iterations: iterations + 1 })
  else if (!(await mayPromote(context, canary))) return
  else if (iterations === most) note(context, canary, { iterations: iterations + 1 })
  else promoteNow(context, canary)
}

async function mayPromote(context: Context, canary: Canary): Promise<boolean> {
  if (await passes(canary, 'confirm-promotion', 'Progressing')) return true
  if (phaseOf(canary) !== 'WaitingPromotion') enter(context, canary, 'WaitingPromotion')
  else note(context, canary, { iterations: (canary.spec.analysis.iterations ?? 0) - 1 })
  return false
}

function promoteNow(context: Context, canary: Canary): void {
  promote(context, canary)
  enter(context, canary, 'Promoting')
}

async function finish(context: Context, canary: Canary): Promise<void> {
  scale(context, targetOf(context, canary), 0)
  const done = enter(context, canary, 'Succeeded')
  await tell(context, done, `Promotion completed! Scaling down ${canary.metadata.name}`, 'Normal')
}

function skip(context: Context, canary: Canary): void {
  route(context, canary, 0)
  promote(context, canary)
  scale(context, targetOf(context, canary), 0)
  enter(context, canary, 'Succeeded')
}

async function giveUp(context: Context, canary: Canary): Promise<void> {
  route(context, canary, 0)
  scale(context, targetOf(context, canary), 0)
  const failed = sync(context, canary, 'Failed')
  await tell(context, failed, `Canary failed! Scaling down ${canary.metadata.name}`, 'Warning')
}

function stepsOf({ spec }: Canary): readonly number[] {
  const { stepWeights, stepWeight = 0, maxWeight = 100 } = spec.analysis
  if (stepWeight <= 0) return stepWeights ?? []
  const count = Math.ceil(maxWeight / stepWeight)
  return Array.from({ length: count }, (_, index) => Math.min(100, (index + 1) * stepWeight))
}

const deadlineOf = ({ spec }: Canary): number =>
  spec.progressDeadlineSeconds ?? usualDeadlineSeconds
