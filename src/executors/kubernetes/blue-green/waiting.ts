import type { Checked } from '#executors/define-executor.ts'
import type { Instant } from '#domain/time.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { createdAt } from '../dates.ts'
import { imagesOf, revisionName, runningRevision } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readKept } from '../workload.ts'
import { type Colour, type Colours } from './colours.ts'
import { isRetired } from './retire.ts'

/**
 * Why the version that waits is none to be taken forward, in a sentence; `undefined` where it is the next one. What has served, or is
 * older than what serves, is there to go back to: nobody promotes it, and nobody takes it away as if it were a canary.
 */
export async function whyNotNext(
  {
    parts,
    target,
  }: { readonly parts: KubernetesParts; readonly target: Checked<KubernetesTarget> },
  { active, idle }: Colours,
  signal: AbortSignal,
): Promise<string | undefined> {
  const inOwn = runningRevision(idle.workload)
  const inOther = promotedRevision(active.workload, idle.workload)
  const { template } = idle.workload.spec
  const waits = `${idle.spec.name} waits with ${revisionName(template, imagesOf(template))}`
  if (inOther === runningRevision(active.workload)) return 'no canary is under way'
  if (isRetired(idle.workload)) return 'no canary is under way'
  const known = (await parts.revisions.known(target.workload)).filter(
    ({ revision }) => revision === inOwn || revision === inOther,
  )
  if (known.some(({ bad }) => bad !== undefined)) return `${waits}, which was rolled back`
  const hasServed = known.some(
    ({ hasRun, healthyMicros, servedMicros, verifiedAt }) =>
      hasRun || healthyMicros > 0 || servedMicros > 0 || verifiedAt !== undefined,
  )
  if (hasServed) return `${waits}, which served before: a rollback goes back to it`
  const [made, servingMade] = await Promise.all(
    [idle, active].map((colour) => madeAt(parts, colour, signal)),
  )
  return made !== undefined && servingMade !== undefined && made <= servingMade
    ? `${waits}, which is no newer than what serves: a rollback goes back to it`
    : undefined
}

/** When the platform first made the version that a colour asks for. */
async function madeAt(
  parts: KubernetesParts,
  { spec, workload }: Colour,
  signal: AbortSignal,
): Promise<Instant | undefined> {
  const kept = await readKept(apiOf(parts, spec), spec, workload, signal)
  const own = kept.find(({ revision }) => revision === runningRevision(workload))
  return own && createdAt(own.metadata)
}
