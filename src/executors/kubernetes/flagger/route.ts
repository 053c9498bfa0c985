import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import type { Route } from '#ports/executor.ts'
import { paceOf } from '../pace.ts'
import { runningRevision } from '../revision.ts'
import type { KubernetesTarget, RawObject } from '../schema.ts'
import { templateStep, type Way } from '../steps.ts'
import { asksUsAt } from './gates-listed.ts'
import { intervalOf } from './interval.ts'
import { type FlaggerLook, inPrimary, type Primary } from './look.ts'
import { isSameVersion } from './same-version.ts'
import { primaryStep, takenBackStep } from './steps.ts'

/** What the platform says of a way; what is true of every way comes to it. */
export type OwnRoute = Pick<
  Route,
  'steps' | 'collapse' | 'collapseHow' | 'warnings' | 'blockers' | 'how' | 'expectedMicros'
>

/**
 * The way back of a Deployment that Flagger rolls out, by where it stands: what is being tried is given to Flagger to take back; what
 * serves is put right in its copy; and the target asks for the good version, or Flagger would bring the bad one again.
 */
export function flaggerRoute(
  way: Way,
  look: FlaggerLook,
  template: RawObject,
  { operation, isAnswered }: { readonly operation: string; readonly isAnswered: boolean },
): OwnRoute {
  const { primary, isTrying } = look
  // Until the copy that serves is there, nothing may be done: whoever observed it says so.
  if (!primary) return refused(way, `${way.target.spec.name}-primary`)
  const serving = primary.workload.spec.template
  const inCopy = inPrimary(primary, template)
  const isServing = isSameVersion(serving, template)
  if (!isServing && !inCopy) return refused(way, primary.target.name)
  const isAsked = runningRevision(way.workload) === way.to
  const idle =
    isTrying && !isAsked ? (isAnswered ? whyNotAsked(way, look) : 'not_answered') : undefined
  const isTakenBack = isTrying && !isAsked && idle === undefined
  const copy = isServing || !inCopy ? [] : [primaryStep(way, primary, inCopy)]
  const moves = (way.workload.spec.replicas ?? 1) > 0
  const targets = (follows: boolean) =>
    isAsked ? [] : [templateStep(way, follows && moves ? 'pods' : undefined)]
  const steps: readonly Step[] = [
    ...copy,
    ...(isTakenBack ? [takenBackStep(way, look, operation)] : []),
    ...targets(!isTakenBack),
  ]
  const collapse: readonly Step[] = isTakenBack ? [...copy, ...targets(true)] : []
  const pace = paceOf(primary.target, primary.workload, serving)
  const looks = intervalOf(look.canary)
  return {
    steps,
    collapse,
    collapseHow:
      collapse.length > 0
        ? `It does not wait for Flagger: every pod of ${way.from.name} is replaced by one of ${way.toName}, and Flagger goes on trying that one.`
        : null,
    warnings: [...idleWarning(look, idle), ...againWarning(way, look, isServing)],
    blockers: [],
    how: howOf(way, { phase: look.phase, primary }, { isTakenBack, isServing, pace: pace.text }),
    expectedMicros:
      (isTakenBack ? looks : 0) + (isServing && isTakenBack ? 0 : pace.expectedMicros),
  }
}

function refused(way: Way, name: string): OwnRoute {
  const why = `${name}, from which Flagger serves, no longer keeps it`
  const blocker: Blocker = { kind: 'target_missing', revision: way.toName, why }
  return {
    steps: [],
    collapse: [],
    collapseHow: null,
    warnings: [],
    blockers: [blocker],
    how: '',
    expectedMicros: 0,
  }
}

type Because = Extract<Warning, { kind: 'flagger_not_asking' }>['because']

/** Why Flagger would not hear that it shall take the version back; then its pods are replaced instead. */
function whyNotAsked(
  {
    target,
    workload,
  }: { readonly target: { readonly spec: KubernetesTarget }; readonly workload: Way['workload'] },
  { canary }: FlaggerLook,
): Because | undefined {
  if (canary.spec.suspend === true) return 'suspended'
  if (!asksUsAt(target.spec.cluster, canary, 'rollback')) return 'not_listed'
  const { replicas = 1 } = workload.spec
  const { updatedReplicas = 0, availableReplicas = 0 } = workload.status
  return updatedReplicas < replicas || availableReplicas < replicas ? 'not_ready' : undefined
}

const idleWarning = ({ canary }: FlaggerLook, because: Because | undefined): readonly Warning[] =>
  because === undefined ? [] : [{ kind: 'flagger_not_asking', name: canary.metadata.name, because }]

/** What was promoted before is no new version to Flagger only where it was the last one. */
function againWarning(
  { toName }: Way,
  { canary }: FlaggerLook,
  isServing: boolean,
): readonly Warning[] {
  return isServing
    ? []
    : [{ kind: 'flagger_tries_again', name: canary.metadata.name, revision: toName }]
}

function howOf(
  { from }: Way,
  { primary, phase }: { readonly primary: Primary; readonly phase: string },
  { isTakenBack, isServing, pace }: { isTakenBack: boolean; isServing: boolean; pace: string },
): string {
  const name = primary.target.name
  return [
    ...(isServing ? [] : [`undo of ${name}, which serves`, pace]),
    ...(isTakenBack ? [`Flagger takes ${from.name} back`] : []),
    ...(isServing && !isTakenBack
      ? [
          phase === 'Waiting'
            ? `${from.name} is never begun`
            : 'the target put back; what serves stays',
        ]
      : []),
  ].join(' · ')
}
