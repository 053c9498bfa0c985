import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import { type Goal, NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { templateWriters } from './dates.ts'
import { ApiFailure, NoAnswer } from './failure.ts'
import { keepsWhatRuns } from './gitops/keeps.ts'
import type { OwnerPlace } from './gitops/owner-object.ts'
import { type GitOpsOwner, ownerCheck } from './gitops/owner.ts'
import { syncOwners } from './gitops/owners.ts'
import type { Kept } from './kept.ts'
import { lookAtFlagger } from './flagger/look.ts'
import { copyServing, targetChecks } from './flagger/verify.ts'
import { kindOf } from './kinds/index.ts'
import { EndpointSlice, KubernetesService, type Pod, type Workload } from './objects.ts'
import { digestsOf } from './serving.ts'
import { namespaced } from './paths.ts'
import {
  containersOf,
  digestIn,
  imagesOf,
  objectIn,
  revisionName,
  runningRevision,
} from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'
import { isReady, podsOf, readKept, readPods, readWorkload, wantedOf } from './workload.ts'

/** Asserts that `to`, and only it, serves. What cannot be seen is `unknown`, never passed. */
export async function verify(
  parts: KubernetesParts,
  { spec: target }: Checked<KubernetesTarget>,
  { id: to, images: served }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const api = apiOf(parts, target)
  const workload = await readWorkload(api, target, signal)
  if (!workload) return [{ id: 'units', result: 'failed', text: `${target.name} is gone` }]
  const kept = await readKept(api, target, workload, signal)
  const flagger = await lookAtFlagger(api, target, signal)
  const copy = flagger && copyServing(flagger, { workload, kept }, to)
  if (copy === 'another')
    return [
      { id: 'serving', result: 'failed', text: `${target.name}-primary serves another version` },
    ]
  const checks = copy
    ? await serves(api, copy.target, { id: copy.revision, images: served }, copy, signal)
    : await serves(api, target, { id: to, images: served }, { workload, kept }, signal)
  // What Git has comes by the target, wherever it serves.
  const owners = await syncOwners(parts, target, workload, signal)
  const isKept = (at: OwnerPlace) => keepsWhatRuns(parts, target, workload, at, signal)
  return [
    ...checks,
    ...(flagger ? targetChecks(flagger, workload, to) : []),
    ...(runningRevision(workload) === to
      ? await Promise.all(owners.map((owner) => ownerCheck(owner, isKept)))
      : owners.map(broughtBack(workload))),
  ]
}

async function serves(
  api: KubernetesApi,
  target: KubernetesTarget,
  { id: to, images: served }: Goal,
  { workload, kept }: { readonly workload: Workload; readonly kept: readonly Kept[] },
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const all = await readPods(api, target, workload, kept, signal)
  const retiring = kept.filter(({ isRetiring, revision }) => isRetiring && revision !== to)
  const gone = new Set(retiring.flatMap(({ revision }) => podsOf(all, kept, revision)))
  const pods = all.filter((pod) => !gone.has(pod))
  const ours = podsOf(pods, kept, to).filter(isReady)
  return [
    unitsCheck(wantedOf(target, workload), to, workload, ours, pods, podsOf(pods, kept, to)),
    servingCheck(workload, to, served, ours),
    ...(await endpointChecks(api, target, workload, labelsOf(workload, kept, to), ours, signal)),
  ]
}

/** Somebody wrote another version, and there is somebody who does that by Git. */
const broughtBack =
  (workload: Workload) =>
  ({ tool, name }: GitOpsOwner): Check => {
    const { template } = workload.spec
    const version = revisionName(template, imagesOf(template))
    const by = templateWriters(workload.metadata).at(-1)?.manager
    return {
      id: 'sync',
      result: 'failed',
      text: `${version} is asked for again${by ? `, by ${by}` : ''}; ${tool} (${name}) brings what Git has`,
    }
  }

function unitsCheck(
  wanted: number,
  to: RevisionId,
  workload: Workload,
  ready: readonly Pod[],
  pods: readonly Pod[],
  own: readonly Pod[],
): Check {
  const others = pods.length - own.length
  const text = [
    `${ready.length}/${wanted} pods ready${digestText(workload, ready)}`,
    ...(others > 0 ? [`${others} of another version`] : []),
  ].join(' · ')
  if (runningRevision(workload) !== to)
    return { id: 'units', result: 'failed', text: `another version is asked for by now · ${text}` }
  if (wanted === 0)
    return { id: 'units', result: 'unknown', text: '0 pods are wanted: nothing runs' }
  return { id: 'units', result: ready.length >= wanted && others === 0 ? 'passed' : 'failed', text }
}

/**
 * Every container of every pod runs the same image: the one the template pins, or else the one that served before under
 * the same name. A tag that was moved since brings back the name of the good version, not the version.
 */
function servingCheck(
  workload: Workload,
  to: RevisionId,
  served: Goal['images'],
  ready: readonly Pod[],
): Check {
  const check = (result: Check['result'], text: string): Check => ({ id: 'serving', result, text })
  if (ready.length === 0) return check('unknown', 'no ready pod shows what it serves')
  if (runningRevision(workload) !== to)
    return check('failed', 'another version is asked for by now')
  const texts: string[] = []
  for (const { name, image } of containersOf(workload.spec.template)) {
    const digests = ready.map((pod) => digestsOf([pod]).get(name))
    const [digest] = digests
    if (!digest || digests.includes(undefined))
      return check('unknown', `${name}: a pod does not say which image it runs`)
    const pinned = digestIn(image)
    if (pinned && digests.some((one) => one !== pinned))
      return check(
        'failed',
        `${name}: ${shortDigest(digest)} runs instead of ${shortDigest(pinned)}`,
      )
    const before = servedDigest(served, name, image)
    const moved = before && digests.find((one) => one !== before)
    if (moved)
      return check(
        'failed',
        `${name}: ${image} names another image by now: ${shortDigest(moved)} runs, ${shortDigest(before)} served before`,
      )
    if (new Set(digests).size > 1)
      return check('failed', `${name}: ${new Set(digests).size} different images run as ${image}`)
    texts.push(
      `${image.split('@')[0] ?? image} is ${shortDigest(digest)} in ${digests.length} pods`,
    )
  }
  return check('passed', texts.join(' · '))
}

const servedDigest = (served: Goal['images'], container: string, reference: string) =>
  served.find((one) => one.container === container && one.reference === reference)?.digest

/** None where no Service selects the pods: then there are no endpoints to look for. */
async function endpointChecks(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  labels: RawObject,
  ready: readonly Pod[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const named = kindOf(target).services?.(workload) ?? []
  try {
    const path = namespaced('v1', target, 'services')
    const services = (await api.list(path, KubernetesService, {}, signal)).items.filter(
      ({ metadata, spec }) => named.includes(metadata.name) || selects(spec.selector ?? {}, labels),
    )
    return await Promise.all(
      services.map(({ metadata }) => endpointCheck(api, target, metadata.name, ready, signal)),
    )
  } catch (error) {
    if (error instanceof NotAllowed || error instanceof ApiFailure || error instanceof NoAnswer)
      return [{ id: 'endpoints', result: 'unknown', text: `endpoints unknown: ${error.message}` }]
    throw error
  }
}

export async function endpointCheck(
  api: KubernetesApi,
  target: KubernetesTarget,
  service: string,
  ready: readonly Pod[],
  signal: AbortSignal,
): Promise<Check> {
  const path = namespaced('discovery.k8s.io/v1', target, 'endpointslices')
  const query = { labelSelector: `kubernetes.io/service-name=${service}` }
  const { items } = await api.list(path, EndpointSlice, query, signal)
  const serving = new Set(
    items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ targetRef }) => (targetRef ? [targetRef.name] : [])),
  )
  const ours = ready.filter(({ metadata }) => serving.has(metadata.name)).length
  const foreign = serving.size - ours
  return {
    id: 'endpoints',
    result: ours > 0 && ours === ready.length && foreign === 0 ? 'passed' : 'failed',
    text: `endpoints ${ours}/${ready.length} in service ${service}${foreign > 0 ? `, ${foreign} of other pods` : ''}`,
  }
}

/** What its pods carry: the labels of the template, and the hash by which a Service may tell versions apart. */
function labelsOf({ spec }: Workload, kept: readonly Kept[], to: RevisionId): RawObject {
  const hashes = kept
    .filter(({ revision }) => revision === to)
    .map(({ hashLabel, hashes: [hash = ''] }) => [hashLabel, hash])
  return {
    ...objectIn(objectIn(spec.template['metadata'])['labels']),
    ...Object.fromEntries(hashes),
  }
}

export function selects(selector: Readonly<Record<string, string>>, labels: RawObject): boolean {
  const entries = Object.entries(selector)
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value)
}

function digestText(workload: Workload, pods: readonly Pod[]): string {
  const first = containersOf(workload.spec.template)[0]?.name ?? ''
  const digests = new Set(pods.map((pod) => digestsOf([pod]).get(first)))
  const [digest] = digests
  return digests.size === 1 && digest ? ` on ${shortDigest(digest)}` : ''
}

const shortDigest = (digest: string): string => `${digest.slice(0, 'sha256:'.length + 4)}…`
