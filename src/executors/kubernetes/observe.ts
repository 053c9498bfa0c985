import type { Blocker } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { beganAt } from '#domain/rollback/began.ts'
import type { Instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import type { KnownRevision, Revisions } from '#ports/store.ts'
import { broughtBy, whoBrought } from './cause.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { createdAt, datesOf, servedByDates } from './dates.ts'
import type { Kept } from './kept.ts'
import type { Workload } from './objects.ts'
import { lookAtFlagger } from './flagger/look.ts'
import { flaggerPrecondition } from './flagger/state.ts'
import { findOwners } from './owners.ts'
import { preconditionOf } from './precondition.ts'
import { imagesOf, revisionName, revisionOf, schemaOf } from './revision.ts'
import { servingOf } from './serving.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'
import { warningsOf } from './warnings.ts'
import {
  isLagging,
  isReady,
  readClusterUid,
  readKept,
  readPods,
  readWorkload,
  wantedOf,
} from './workload.ts'

/** What runs and what could run instead. Also writes every template it sees into our record, which outlives the platform's. */
export async function observe(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const api = apiOf(parts, target.spec)
  const [workload, cluster] = await Promise.all([
    readWorkload(api, target.spec, signal),
    readClusterUid(api, signal),
  ])
  if (!workload)
    throw new Error(
      `there is no ${target.spec.kind} ${target.spec.name} in namespace ${target.spec.namespace} of ${target.spec.cluster}`,
    )
  const kept = await readKept(api, target.spec, workload, signal)
  const [flagger, known, own] = await Promise.all([
    lookAtFlagger(api, target.spec, signal),
    parts.revisions.known(target.workload),
    readPods(api, target.spec, workload, kept, signal),
  ])
  const owners = await findOwners(parts, target.spec, workload, signal, flagger)
  const serving = servingOf(target.spec, { workload, kept, pods: own }, flagger)
  const { pods } = serving
  const running = runningOf(serving.template, workload, kept, serving.digests)
  const history = await historyOf(parts, target, running, kept, known)
  const seen = { workload, kept, running, history, known, isHealthy: serving.isHealthy }
  const [began] = await Promise.all([
    rememberRunning(parts, target, seen),
    rememberOthers(parts, target, seen),
  ])

  return {
    running: began ? ranSince(running, began) : running,
    ...(serving.serves === undefined ? {} : { serves: serving.serves }),
    history,
    precondition: {
      ...preconditionOf(cluster, workload),
      ...(flagger ? { flagger: flaggerPrecondition(flagger) } : {}),
    },
    warnings: [
      ...warningsOf(serving.target, serving.workload, serving.kept, pods),
      ...owners.warnings,
    ],
    blockers: [...laggingBlockers(workload), ...owners.blockers],
    units: {
      noun: 'pods',
      count: wantedOf(serving.target, serving.workload),
      ready: pods.filter(isReady).length,
    },
  }
}

/** The platform's date is the day it was made; it may have been left and come back since. */
const ranSince = (running: Revision, { at, orEarlier }: Ran): Revision => ({
  ...running,
  since: at,
  ...(orEarlier ? { orEarlier } : {}),
  ...(at > running.since ? { firstAt: running.since } : {}),
})
type Ran = NonNullable<Awaited<ReturnType<Revisions['saw']>>>

/** The version that runs, with the digests its running pods show. */
function runningOf(
  template: RawObject,
  workload: Workload,
  kept: readonly Kept[],
  digests: ReadonlyMap<string, string>,
): Revision {
  const id = revisionOf(template)
  const own = kept.find(({ revision }) => revision === id)
  const since = createdAt(workload.metadata)
  const revision = asRevision(id, template, own, digests, since)
  const by = broughtBy(workload, id, revision.by)
  return { ...revision, ...(by ? { by } : {}) }
}

function asRevision(
  id: Revision['id'],
  template: RawObject,
  own: Kept | undefined,
  digests: ReadonlyMap<string, string>,
  since: Instant,
): Revision {
  const images = imagesOf(template, digests)
  const by = whoBrought(own?.metadata.annotations, id)
  return {
    id,
    name: revisionName(template, images),
    ...(own ? { number: own.number } : {}),
    images,
    since: own ? createdAt(own.metadata) : since,
    ...schemaOf(template),
    ...(by ? { by } : {}),
  }
}

/** The platform's versions, newest first, then those only our record still has. */
async function historyOf(
  { revisions }: KubernetesParts,
  { workload }: Checked<KubernetesTarget>,
  running: Revision,
  kept: readonly Kept[],
  known: readonly KnownRevision[],
): Promise<readonly Revision[]> {
  const seen = new Set([running.id])
  const isNew = (id: Revision['id']): boolean => !seen.has(id) && Boolean(seen.add(id))
  const platform = kept
    .filter(({ revision }) => isNew(revision))
    .map((one) => {
      const digests = recordedDigests(known, one.revision)
      return asRevision(one.revision, one.template, one, digests, createdAt(one.metadata))
    })
  const recorded = known
    .filter(({ revision }) => isNew(revision))
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .map(async ({ revision, name, firstSeen }) => {
      const template = await revisions.template(workload, revision)
      const digests = recordedDigests(known, revision)
      const images = template ? imagesOf(template as RawObject, digests) : []
      const schema = template ? schemaOf(template as RawObject) : {}
      return { id: revision, name, images, since: firstSeen, ...schema }
    })
  return [...platform, ...(await Promise.all(recorded))]
}

/** What we saw running under that template; the platform keeps no digests of what is gone. */
const recordedDigests = (
  known: readonly KnownRevision[],
  id: Revision['id'],
): ReadonlyMap<string, string> =>
  new Map(Object.entries(known.find(({ revision }) => revision === id)?.digests ?? {}))

interface Seen {
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly running: Revision
  readonly history: readonly Revision[]
  readonly known: readonly KnownRevision[]
  readonly isHealthy: boolean
}

/** Answers since when it has run, by our record: the platform's date is older for a version that came back. */
function rememberRunning(
  { revisions }: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { workload, kept, running, known, isHealthy }: Seen,
) {
  const began = beganAt(running.id, datesOf(workload, kept), known)
  return revisions.saw(target.workload, {
    revision: running.id,
    name: running.name,
    template:
      kept.find(({ revision }) => revision === running.id)?.template ?? workload.spec.template,
    running: true,
    healthy: isHealthy,
    servedMicros: 0,
    digests: digestsByContainer(running),
    ...(began ? { began } : {}),
  })
}

/** How long a version served is written down while the platform's dates still say it: going back renumbers them. */
async function rememberOthers(
  { revisions }: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { kept, running, history, known }: Seen,
): Promise<void> {
  const all = [running, ...history]
  const records = new Map(known.map((record) => [record.revision, record]))
  for (const revision of history) {
    const { id, name } = revision
    const template = kept.find((one) => one.revision === id)?.template
    const record = records.get(id)
    const servedMicros = servedByDates(revision, all)
    if (!template || (record && record.servedMicros >= servedMicros)) continue
    await revisions.saw(target.workload, {
      revision: id,
      name,
      template,
      running: false,
      healthy: false,
      servedMicros,
      digests: {},
    })
  }
}

const digestsByContainer = ({ images }: Revision): Readonly<Record<string, string>> =>
  Object.fromEntries(
    images.flatMap(({ container, digest }) => (digest ? [[container, digest]] : [])),
  )

/** Until the controller has seen the newest template, the newest version it knows is not the one that was shipped. */
function laggingBlockers(workload: Workload): readonly Blocker[] {
  return isLagging(workload)
    ? [
        {
          kind: 'controller_lagging',
          generation: workload.metadata.generation ?? 0,
          observed: workload.status.observedGeneration ?? 0,
        },
      ]
    : []
}
