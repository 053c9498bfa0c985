import { isSameJson } from '#domain/json.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked, CheckedPlan } from '#executors/define-executor.ts'
import type { Evidence, Goal, Observed, Route, Shortcoming } from '#ports/executor.ts'
import { changedSince } from '../changed-since.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import type { KubernetesParts } from '../context.ts'
import { evidence } from '../evidence.ts'
import { examine } from '../examine.ts'
import { observe } from '../observe.ts'
import { cleanTemplate, imagesOf, objectIn, revisionName, runningRevision } from '../revision.ts'
import { route } from '../route.ts'
import type { KubernetesTarget, RawObject } from '../schema.ts'
import { selects, verify } from '../verify.ts'
import { asColour, coloursOf, coloursOrWhyNot, NoColour, servingTarget } from './colours.ts'
import { switchedBack } from './switched-back.ts'
import { coloursPrecondition } from './ways.ts'

type Own = Checked<KubernetesTarget>

/** As `observe`, of the colour that serves; the version that waits in the other one comes first among those to go back to. */
export async function observeServing(
  parts: KubernetesParts,
  target: Own,
  signal: AbortSignal,
): Promise<Observed> {
  if (!target.spec.blueGreen) return observe(parts, target, signal)
  const found = await coloursOf(parts, target.spec, signal)
  const { template } = found.idle.workload.spec
  const revision = runningRevision(found.idle.workload)
  // One that was only marked has no template yet.
  if ((await parts.revisions.template(target.workload, revision)) === undefined)
    await parts.revisions.saw(target.workload, {
      revision,
      name: revisionName(template, imagesOf(template)),
      template: cleanTemplate(template),
      running: false,
      healthy: false,
      servedMicros: 0,
      digests: {},
    })
  const seen = await observe(withoutDates(parts), asColour(target, found.active), signal)
  const isIdle = ({ id }: { readonly id: RevisionId }) => id === revision
  return {
    ...seen,
    history: [...seen.history.filter(isIdle), ...seen.history.filter((one) => !isIdle(one))],
    precondition: { ...objectIn(seen.precondition), blueGreen: coloursPrecondition(found) },
  }
}

/** The dates of a colour say since when it had a version, not that the Service ever selected it: what served is what our record saw serve. */
export const withoutDates = (parts: KubernetesParts): KubernetesParts => ({
  ...parts,
  revisions: {
    ...parts.revisions,
    saw: (workload, sighting) => parts.revisions.saw(workload, { ...sighting, servedMicros: 0 }),
  },
})

/** A look at the colour that waits: what runs there was not seen to serve. */
export const unseenServing = (parts: KubernetesParts): KubernetesParts => ({
  ...parts,
  revisions: {
    ...parts.revisions,
    saw: (workload, { revision, name, template, digests }) =>
      parts.revisions.saw(workload, {
        revision,
        name,
        template,
        digests,
        running: false,
        healthy: false,
        servedMicros: 0,
      }),
  },
})

/** The same Deployment gets the version again; closed where that ran in the other colour, whose labels are not its own. */
export async function routeServing(
  parts: KubernetesParts,
  target: Own,
  observed: Observed,
  to: RevisionId,
  operation: string,
  signal: AbortSignal,
): Promise<Route> {
  if (!target.spec.blueGreen) return route(parts, target, observed, to, operation, signal)
  const { active } = await coloursOf(parts, target.spec, signal)
  const way = await route(parts, asColour(target, active), observed, to, operation, signal)
  const template = await parts.revisions.template(target.workload, to)
  const labels = objectIn(objectIn((template as RawObject | undefined)?.['metadata'])['labels'])
  const own = active.workload.spec.selector.matchLabels ?? {}
  if (template === undefined || selects(own, labels)) return way
  const why = `${active.spec.name} never ran it: its pods have other labels`
  return {
    ...way,
    steps: [],
    collapse: [],
    collapseHow: null,
    blockers: [{ kind: 'unsupported', why }],
  }
}

export async function changedSinceServing(
  parts: KubernetesParts,
  plan: CheckedPlan<KubernetesTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { target, precondition } = plan
  if (!target.spec.blueGreen) return changedSince(parts, plan, signal)
  const { blueGreen, ...own } = objectIn(precondition)
  const found = await coloursOrWhyNot(parts, target, signal)
  if (typeof found === 'string') return found
  if (!isSameJson(coloursPrecondition(found), blueGreen ?? null))
    return `which of its two Deployments serves, or what one of them runs, was changed meanwhile`
  const serving = asColour(target, found.active)
  return changedSince(parts, { ...plan, target: serving, precondition: own }, signal)
}

/** Of the colour that serves; the wanted version is the same in either colour's labels. */
export async function verifyServing(
  parts: KubernetesParts,
  target: Own,
  to: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (!target.spec.blueGreen) return verify(parts, target, to, signal)
  const found = await coloursOrWhyNot(parts, target, signal)
  if (typeof found === 'string') return [{ id: 'serving', result: 'failed', text: found }]
  const { active, idle } = found
  const elsewhere = switchedBack(found, to)
  if (elsewhere) return [elsewhere]
  const isSame = promotedRevision(idle.workload, active.workload) === to.id
  const goal = isSame ? { ...to, id: runningRevision(active.workload) } : to
  return verify(parts, asColour(target, active), goal, signal)
}

/** Where the bad version's pods are: after the switch they wait in the other colour. Of both where nobody can tell which of them serves. */
export async function evidenceServing(
  parts: KubernetesParts,
  target: Own,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  if (!target.spec.blueGreen) return evidence(parts, target, bad, signal)
  const found = await coloursOrWhyNot(parts, target, signal)
  if (typeof found === 'string') {
    const names = [target.spec.name, target.spec.blueGreen.deployment]
    const all = names.map((name) => asColour(target, { spec: { ...target.spec, name } }))
    const pieces = await Promise.all(all.map((own) => evidence(parts, own, bad, signal)))
    return pieces.flat()
  }
  const { active, idle } = found
  const isIdle = runningRevision(idle.workload) === bad
  return evidence(parts, asColour(target, isIdle ? idle : active), bad, signal)
}

export async function examineServing(
  parts: KubernetesParts,
  target: Own,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  try {
    return await examine(parts, await servingTarget(parts, target, signal), signal)
  } catch (error) {
    if (!(error instanceof NoColour)) throw error
    return [
      {
        kind: 'blocks',
        text: `has no colour that serves: ${error.message}`,
        remedy: 'correct the Service, or the target’s blueGreen in the configuration',
      },
    ]
  }
}
