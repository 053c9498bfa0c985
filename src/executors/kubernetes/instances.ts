import { told } from '#executors/told.ts'
import type { Instance, InstancesSeen, Told, Warned } from '#domain/assessment/instance.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { Instances } from '#ports/instances.ts'
import type { KubernetesApi } from './api.ts'
import { type KubernetesParts, placeOf } from './context.ts'
import { createdAt } from './dates.ts'
import { lookAtFlagger } from './flagger/look.ts'
import { KubernetesEvent, type Pod } from './objects.ts'
import { namespaced, podsPath } from './paths.ts'
import type { KubernetesTarget } from './schema.ts'
import { runningRevision } from './revision.ts'
import {
  isReady,
  podsOf,
  readKept,
  readPods,
  readWorkload,
  selectorText,
  troubleOf,
  wantedOf,
} from './workload.ts'
import { writtenBy } from './written.ts'

/** What the cluster shows of the pods of a target: three lists, and the logs of a few that fail. Needs no right beyond `evidence`. */
export const kubernetesInstances = (parts: KubernetesParts): Instances => ({
  async look(target, from, signal): Promise<InstancesSeen> {
    const { target: spec, api } = placeOf(parts, target)
    const [pods, events] = await Promise.all([
      told(podsPath(spec), signal, () => readAll(api, spec, signal)),
      told(`${eventsPath(spec)}?fieldSelector=${warningsOnly}`, signal, () =>
        readWarnings(api, spec, signal),
      ),
    ])
    if (pods.kind === 'unavailable')
      return { instances: pods, warnings: withoutPods(events, pods.why), written: [] }
    const { workload, kept, all, own, wanted } = pods.what
    const names = new Set([
      spec.name,
      ...kept.map(({ metadata }) => metadata.name),
      ...all.map(({ metadata }) => metadata.name),
    ])
    return {
      instances: {
        kind: 'told',
        asked: `${podsPath(spec)}?labelSelector=${selectorText(workload)}`,
        what: {
          wanted,
          all: all.map((pod) => instanceOf(pod, own.includes(pod))),
        },
      },
      warnings:
        events.kind === 'told'
          ? {
              ...events,
              what: events.what
                .filter(({ involvedObject }) => names.has(involvedObject.name ?? ''))
                .map(warnedOf),
            }
          : events,
      written: await writtenBy({ api, target: spec, scrub: parts.scrub }, all, from, signal),
    }
  },
})

const eventsPath = (target: KubernetesTarget): string => namespaced('v1', target, 'events')
/** A busy namespace has thousands of events; few of them are warnings. */
const warningsOnly = 'type=Warning'

async function readAll(api: KubernetesApi, target: KubernetesTarget, signal: AbortSignal) {
  const workload = await readWorkload(api, target, signal)
  if (!workload)
    throw new Error(`there is no ${target.kind} ${target.name} in namespace ${target.namespace}`)
  const kept = await readKept(api, target, workload, signal)
  const [pods, flagger] = await Promise.all([
    readPods(api, target, workload, kept, signal),
    lookAtFlagger(api, target, signal),
  ])
  const own = podsOf(pods, kept, runningRevision(workload))
  const wanted = wantedOf(target, workload)
  const { primary } = flagger ?? {}
  if (!primary) return { workload, kept, all: pods, own, wanted }
  // Between two versions that are tried, the copy has the only pods.
  const copies = podsOf(primary.pods, primary.kept, runningRevision(primary.workload))
  return {
    workload: wanted > 0 ? workload : primary.workload,
    kept: [...kept, ...primary.kept],
    all: [...pods, ...primary.pods],
    own: wanted > 0 ? own : copies,
    wanted: wanted + wantedOf(primary.target, primary.workload),
  }
}

const readWarnings = async (api: KubernetesApi, target: KubernetesTarget, signal: AbortSignal) =>
  (await api.list(eventsPath(target), KubernetesEvent, { fieldSelector: warningsOnly }, signal))
    .items

/** Whose events they are nobody knows then. */
const withoutPods = (events: Told<unknown>, why: string): Told<readonly Warned[]> => ({
  kind: 'unavailable',
  asked: events.asked,
  why: events.kind === 'unavailable' ? events.why : why,
})

function instanceOf(pod: Pod, isNew: boolean): Instance {
  const { metadata, status } = pod
  const made = createdAt(metadata)
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  return {
    name: metadata.name,
    isNew,
    startedAt: at(status.startTime) ?? made,
    unreadySince: isReady(pod) ? null : (at(ready?.lastTransitionTime) ?? made),
    why: troubleOf(pod) ?? null,
    containers: (status.containerStatuses ?? []).map(({ name, restartCount, state, lastState }) => {
      const ended = state?.terminated ?? lastState?.terminated
      const when = at(ended?.finishedAt)
      return {
        name,
        restarts: restartCount,
        ended: ended && when !== undefined ? { at: when, reason: ended.reason ?? 'Error' } : null,
      }
    }),
  }
}

function warnedOf(event: KubernetesEvent): Warned {
  const { involvedObject, reason = '', message = '', series, metadata } = event
  const first = event.firstTimestamp ?? event.eventTime ?? metadata.creationTimestamp
  const last = event.lastTimestamp ?? series?.lastObservedTime ?? first
  const since = at(first) ?? fromDate(new Date(0))
  return {
    about: involvedObject.name ?? '',
    reason,
    message,
    at: at(last) ?? since,
    since,
    times: event.count ?? series?.count ?? 1,
  }
}

function at(time: string | null | undefined): Instant | undefined {
  const date = new Date(time ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : fromDate(date)
}
