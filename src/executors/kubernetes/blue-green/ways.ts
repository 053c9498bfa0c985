import { count } from '#domain/communication/words.ts'
import type { RevisionId } from '#domain/ids.ts'
import { isSameJson } from '#domain/json.ts'
import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import { seconds } from '#domain/time.ts'
import { closedRoute } from '#executors/closed.ts'
import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed, type Observed, type Route } from '#ports/executor.ts'
import { lacking } from '../access.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { claimsOf } from '../gitops/claims.ts'
import { standingWarnings } from '../gitops/owner.ts'
import { syncOwners } from '../gitops/owners.ts'
import { pausesOf } from '../gitops/pauses.ts'
import { secondsToReady } from '../pace.ts'
import { runningRevision } from '../revision.ts'
import { resourceText, trafficNeeds } from '../rights.ts'
import type { ChangeOf, KubernetesTarget } from '../schema.ts'
import { step } from '../steps.ts'
import { isReady, podsOf, readClusterUid, readKept, readPods, wantedOf } from '../workload.ts'
import { type Colour, type Colours, coloursOf, NoColour } from './colours.ts'
import { because, formerOf } from './former.ts'

const switchSeconds = 2

/** The way to a version that the other colour has: the Service sends it every request again. Closed, with the reason, where it has another. */
export async function switchBack(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { warnings: told }: Pick<Observed, 'warnings'>,
  to: RevisionId,
  signal: AbortSignal,
): Promise<readonly Route[]> {
  const { spec } = target
  if (!spec.blueGreen) return []
  const api = apiOf(parts, spec)
  const found = await coloursOf(parts, spec, signal).catch((error: unknown) => {
    if (error instanceof NoColour || error instanceof NotAllowed) return error.message
    throw error
  })
  if (typeof found === 'string') return [closed([unsupported(found)])]
  const { active, idle, service } = found
  if (!has(found, to)) return [closed([unsupported(`${idle.spec.name} has another version`)])]
  const blockers = await obstaclesOf(parts, found, signal)
  if (blockers.length > 0) return [closed(blockers)]
  const cluster = await readClusterUid(api, signal)
  const grown = growthFor(found, { target, cluster })
  const now = wantedOf(idle.spec, idle.workload)
  const owners =
    grown.steps.length > 0 ? await syncOwners(parts, idle.spec, idle.workload, signal) : []
  const paused = pausesOf([{ place: placeOf(idle, { target, cluster }), owners }])
  if (paused.blockers.length > 0) return [closed(paused.blockers)]
  const { leftover, stays } = await formerOf(parts, target, { cluster, found }, signal)
  return [
    {
      steps: [...paused.steps, ...grown.steps, switchTo(found, { target, cluster })],
      collapse: [],
      collapseHow: null,
      differences: [],
      warnings: [
        ...paused.warnings,
        ...owners
          .flatMap(standingWarnings)
          .filter((one) => !told.some((other) => isSameJson(one, other))),
        ...(grown.steps.length > 0
          ? [
              traffic(
                `${idle.spec.name} has ${count(now, 'pod')}: it is scaled to ${grown.pods} before it gets the requests`,
              ),
            ]
          : []),
        ...(owners.length > 0
          ? [traffic(`put ${count(grown.pods, 'pod')} of ${idle.spec.name} into Git as well`)]
          : []),
      ],
      blockers: [],
      ...(paused.pauses.length > 0 ? { pauses: paused.pauses } : {}),
      mechanism: 'service-switch',
      how: [
        ...(grown.steps.length > 0
          ? [`${idle.spec.name} to ${count(grown.pods, 'pod')} first`]
          : []),
        `Service ${service.metadata.name} from ${active.spec.name} to ${idle.spec.name}`,
        `${active.spec.name} keeps its pods${leftover ? ` until ${service.metadata.name} is stable, 5 min at least, then goes to 0` : because(stays)}`,
      ].join(' · '),
      expectedMicros: seconds(grown.seconds),
      ...(leftover ? { leftover } : {}),
    },
  ]
}

/** Why the Service cannot be switched to the other colour now; empty where it can. */
export async function obstaclesOf(
  parts: KubernetesParts,
  found: Colours,
  signal: AbortSignal,
): Promise<readonly Blocker[]> {
  const { active, idle } = found
  const { spec } = idle
  const [missing, ready] = await Promise.all([
    lacking(apiOf(parts, spec), spec, trafficNeeds(spec), signal),
    readyPods(parts, idle, signal),
  ])
  const now = wantedOf(spec, idle.workload)
  const pods = podsFor(found)
  return [
    ...missing.map(
      (need): Blocker => ({ kind: 'not_allowed', verb: need.verb, resource: resourceText(need) }),
    ),
    ...writers(found).map(unsupported),
    ...(pods === 0
      ? [unsupported(`${active.spec.name} has no pods, and nothing tells how many are needed`)]
      : []),
    ...(pods === now && ready < now
      ? [unsupported(`only ${ready} of ${now} pods of ${spec.name} are ready`)]
      : []),
  ]
}

/** As many as the colour that serves has, and no fewer than it has itself. */
const podsFor = ({ active, idle }: Colours): number =>
  Math.max(wantedOf(idle.spec, idle.workload), wantedOf(active.spec, active.workload))

interface Place {
  readonly target: Pick<Checked<KubernetesTarget>, 'workload'>
  readonly cluster: string
}

/** What the colour that waits lacks of the pods that it needs to serve, and about how long the whole switch takes. */
export function growthFor(
  found: Colours,
  place: Place,
): { readonly steps: readonly Step[]; readonly pods: number; readonly seconds: number } {
  const { spec, workload } = found.idle
  const from = wantedOf(spec, workload)
  const replicas = podsFor(found)
  if (replicas === from) return { steps: [], pods: replicas, seconds: switchSeconds }
  const whileAt = runningRevision(workload)
  const at = placeOf(found.idle, place)
  const change = { kind: 'set_replicas', ...at, whileAt, from, replicas } as const
  const grown = step({
    name: `${spec.name} scaled to ${replicas}`,
    change,
    undo: { ...change, from: replicas, replicas: from, unserved: found.service.metadata.name },
    settles: 'pods',
  })
  return {
    steps: [grown],
    pods: replicas,
    seconds: switchSeconds + secondsToReady(workload.spec.template),
  }
}

/** The old colour is left as it is, so that the way back is as quick. */
export function switchTo({ service, active, idle }: Colours, place: Place): Step {
  const own = { kind: 'switch_service', service: nameOf(service) } as const
  const change: ChangeOf<'switch_service'> = {
    ...own,
    ...placeOf(idle, place),
    to: versionOf(idle),
    selector: idle.selector,
    expect: active.selector,
    from: leftBy(active),
  }
  const undo: ChangeOf<'switch_service'> = {
    ...own,
    ...placeOf(active, place),
    to: versionOf(active),
    selector: active.selector,
    expect: idle.selector,
    from: leftBy(idle),
  }
  const name = `requests sent to ${idle.spec.name}`
  return { ...step({ name, change, undo, settles: 'endpoints' }), undoSettles: 'endpoints' }
}

const placeOf = ({ spec, workload }: Colour, { target, cluster }: Place) => ({
  target: spec,
  workload: target.workload,
  cluster,
  uid: workload.metadata.uid,
})

/** The version in either colour's clothes: their templates differ in the labels that tell them apart. */
const has = ({ active, idle }: Colours, to: RevisionId): boolean =>
  runningRevision(idle.workload) === to || promotedRevision(active.workload, idle.workload) === to

/** Who would switch it back, or takes the Service for his own. */
function writers({ service: { metadata }, active: { spec } }: Colours): readonly string[] {
  const owner = (metadata.ownerReferences ?? []).find(({ controller }) => controller)
  const rollout = metadata.annotations?.['argo-rollouts.argoproj.io/managed-by-rollouts']
  const claims = claimsOf(
    { kind: 'service', namespace: spec.namespace, name: metadata.name },
    metadata,
  )
  return [
    ...(owner ? [`${owner.kind} ${owner.name} writes Service ${metadata.name} itself`] : []),
    ...(rollout ? [`the Argo Rollout ${rollout} writes Service ${metadata.name} itself`] : []),
    ...claims
      .filter((claim) => claim.by !== 'argo-cd' || claim.isCertain)
      .map(
        ({ by }) =>
          `${by === 'argo-cd' ? 'Argo CD' : 'Flux'} brings Service ${metadata.name} what Git has, and would switch it back; change it in Git, or let the tool leave it alone`,
      ),
  ]
}

const nameOf = ({ metadata: { name, uid } }: Colours['service']) => ({ name, uid })
const leftBy = ({ spec, workload }: Colour) => ({
  deployment: spec.name,
  revision: runningRevision(workload),
})
const versionOf = ({ spec, workload }: Colour) => ({
  deployment: spec.name,
  uid: workload.metadata.uid,
  revision: runningRevision(workload),
})

/** Of the version that it asks for: while it is rolled out, those of the one before are no help. */
async function readyPods(
  parts: KubernetesParts,
  { spec, workload }: Colour,
  signal: AbortSignal,
): Promise<number> {
  const api = apiOf(parts, spec)
  const kept = await readKept(api, spec, workload, signal)
  const pods = await readPods(api, spec, workload, kept, signal)
  return podsOf(pods, kept, runningRevision(workload)).filter(isReady).length
}

const traffic = (text: string): Warning => ({ kind: 'traffic', text })
const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })
const closed = (blockers: readonly Blocker[]): Route => ({
  ...closedRoute('service-switch', ...blockers),
  expectedMicros: seconds(switchSeconds),
})

/** What of both colours must be as it was when a plan begins. */
export const coloursPrecondition = ({ service, active, idle }: Colours) => ({
  service: service.metadata.uid,
  active: versionOf(active),
  idle: versionOf(idle),
})
