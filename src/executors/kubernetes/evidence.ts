import type { RevisionId } from '#domain/ids.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Evidence } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { inPrimary as keptInPrimary, lookAtFlagger, type Primary } from './flagger/look.ts'
import { KubernetesEvent, type Pod } from './objects.ts'
import { besideOf } from './canary/plain-look.ts'
import { promotedRevision } from './canary/plain-template.ts'
import { namespaced, podsPath } from './paths.ts'
import { runningRevision } from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'
import { isReady, podsOf, readAllPods, readKept, readWorkload } from './workload.ts'

/** Enough to see what went wrong; more would only take time on the way to the rollback. */
const maxPods = 5
const tailLines = 200
const limitBytes = 65_536

/** What the pods of `bad` leave behind, scrubbed. Never throws: what cannot be had is said in its place. */
export async function evidence(
  { scrub, ...parts }: KubernetesParts,
  own: Checked<KubernetesTarget>,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const found = await wherever({ scrub, ...parts }, own, bad, signal).catch((error: unknown) => [
    missing('pods', 'status', error),
  ])
  return found.map((item) => ({ ...item, name: scrub(item.name), text: scrub(item.text) }))
}

/** A canary's version is looked for where the canary is. */
async function wherever(
  parts: KubernetesParts,
  own: Checked<KubernetesTarget>,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const beside = besideOf(own)
  if (beside) {
    const api = apiOf(parts, own.spec)
    const [stable, canary] = await Promise.all([
      readWorkload(api, own.spec, signal),
      readWorkload(api, beside.spec, signal),
    ])
    if (stable && canary && promotedRevision(stable, canary) === bad)
      return collected(parts, beside.spec, runningRevision(canary), signal)
  }
  const flagger = await lookAtFlagger(apiOf(parts, own.spec), own.spec, signal)
  const [found, copied] = await Promise.all([
    collected(parts, own.spec, bad, signal),
    flagger?.primary ? inCopy(parts, own, flagger.primary, bad, signal) : [],
  ])
  return [...found, ...copied]
}

/** Where Flagger promoted it, its pods are those of the copy that serves. */
async function inCopy(
  parts: KubernetesParts,
  { spec: target, workload: id }: Checked<KubernetesTarget>,
  primary: Primary,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const api = apiOf(parts, target)
  const workload = await readWorkload(api, target, signal)
  const kept = workload ? await readKept(api, target, workload, signal) : []
  const template =
    kept.find(({ revision }) => revision === bad)?.template ??
    ((await parts.revisions.template(id, bad)) as RawObject | undefined)
  const copy = template && keptInPrimary(primary, template)
  return copy ? collected(parts, primary.target, copy.revision, signal) : []
}

async function collected(
  parts: KubernetesParts,
  target: KubernetesTarget,
  bad: RevisionId,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const api = apiOf(parts, target)
  const workload = await readWorkload(api, target, signal)
  if (!workload) return []
  const kept = await readKept(api, target, workload, signal)
  const pods = podsOf(await readAllPods(api, target, workload, kept, signal), kept, bad)
  const worst = pods
    .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || restarts(b) - restarts(a))
    .slice(0, maxPods)
  const names = new Set([
    target.name,
    ...pods.map(({ metadata }) => metadata.name),
    ...kept.filter(({ revision }) => revision === bad).map(({ metadata }) => metadata.name),
  ])
  const logs = worst.flatMap((pod) => logsOf(api, target, pod, signal))
  return Promise.all([...worst.map(statusOf), eventsOf(api, target, names, signal), ...logs])
}

const statusOf = ({ metadata, raw }: Pod): Promise<Evidence> =>
  Promise.resolve({
    name: metadata.name,
    kind: 'status',
    text: JSON.stringify(raw.status ?? {}, undefined, 2),
  })

function logsOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  pod: Pod,
  signal: AbortSignal,
): readonly Promise<Evidence>[] {
  return pod.spec.containers.flatMap(({ name: container }) => {
    const name = `${pod.metadata.name}/${container}`
    const read = async (kind: 'logs' | 'previous-logs'): Promise<Evidence> => {
      const previous = kind === 'previous-logs' ? true : undefined
      const query = { container, tailLines, limitBytes, timestamps: true, previous }
      try {
        const text = await api.text(`${podsPath(target, pod.metadata.name)}/log`, query, signal)
        return { name, kind, text: Buffer.from(text).subarray(0, limitBytes).toString() }
      } catch (error) {
        return missing(name, kind, error)
      }
    }
    const status = pod.status.containerStatuses?.find((one) => one.name === container)
    return (status?.restartCount ?? 0) > 0 ? [read('logs'), read('previous-logs')] : [read('logs')]
  })
}

async function eventsOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  names: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Evidence> {
  try {
    const path = namespaced('v1', target, 'events')
    const { items } = await api.list(path, KubernetesEvent, {}, signal)
    const lines = items
      .filter(({ involvedObject }) => names.has(involvedObject.name ?? ''))
      .map(({ lastTimestamp, metadata, type, reason, message, count, involvedObject }) =>
        [
          lastTimestamp ?? metadata.creationTimestamp ?? '',
          type ?? '',
          `${reason ?? ''}${(count ?? 1) > 1 ? ` (${count} times)` : ''}`,
          involvedObject.name,
          message ?? '',
        ].join('  '),
      )
      .toSorted()
    return { name: target.name, kind: 'events', text: lines.slice(-tailLines).join('\n') }
  } catch (error) {
    return missing(target.name, 'events', error)
  }
}

const missing = (name: string, kind: Evidence['kind'], error: unknown): Evidence => ({
  name,
  kind,
  text: `not captured: ${error instanceof Error ? error.message : String(error)}`,
})

const restarts = ({ status }: Pod): number =>
  (status.containerStatuses ?? []).reduce((total, { restartCount }) => total + restartCount, 0)
