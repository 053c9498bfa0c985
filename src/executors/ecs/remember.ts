import type { Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import type { Objection } from '#ports/executor.ts'
import { templateOf } from './goal.ts'
import type { EcsParts } from './context.ts'
import type { Found } from './found.ts'
import { isDeployable } from './objects.ts'
import { shortName } from './revision.ts'

/** What ECS itself says against going to a version. */
export function objectionsTo({
  definition,
  described,
  deployed,
  revision,
}: Found): readonly (readonly [Revision['id'], Objection])[] {
  const missing = isDeployable(described)
    ? undefined
    : described
      ? `its task definition ${shortName(definition)} is ${described.status}: register it once more and deploy what that makes, or set registerAgain for the target`
      : `its task definition ${shortName(definition)} was deleted`
  const bad = deployed?.takenBack
  if (missing === undefined && bad === undefined) return []
  return [
    [
      revision.id,
      {
        ...(missing === undefined ? {} : { missing }),
        ...(bad ? { bad: { since: bad.at, because: bad.because } } : {}),
      },
    ],
  ]
}

/** Writes every version into our record, and answers since when the running one has run, by that record and AWS's dates. */
export async function remember(
  { revisions }: Pick<EcsParts, 'revisions'>,
  { workload }: Pick<Target, 'workload'>,
  {
    running,
    others,
    isHealthy,
    isSinceEarlier,
  }: {
    readonly running: Found
    readonly others: readonly Found[]
    readonly isHealthy: boolean
    /** Nobody says when it was deployed. */
    readonly isSinceEarlier: boolean
  },
) {
  const sighting = ({ definition, deployed, revision: { id, name, images } }: Found) => ({
    revision: id,
    name,
    template: templateOf(definition),
    running: false,
    healthy: false,
    servedMicros: deployed?.servedMicros ?? 0,
    digests: Object.fromEntries(
      images.flatMap(({ container, digest }) => (digest ? [[container, digest]] : [])),
    ),
  })
  const known = new Map((await revisions.known(workload)).map((one) => [one.revision, one]))
  for (const one of others) {
    const record = known.get(one.revision.id)
    if (!record || record.servedMicros < (one.deployed?.servedMicros ?? 0))
      await revisions.saw(workload, sighting(one))
  }
  const began = await revisions.saw(workload, {
    ...sighting(running),
    running: true,
    healthy: isHealthy,
    began: { at: running.revision.since, orEarlier: isSinceEarlier },
  })
  return began ?? { at: running.revision.since, orEarlier: false }
}
