import type { Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import { type Instant, instant } from '#domain/time.ts'
import { labelledSchema } from '#executors/labelled-schema.ts'
import type { EcsApi } from './api.ts'
import { definitionIn } from './goal.ts'
import type { EcsParts } from './context.ts'
import type { Deployed } from './history.ts'
import type { ServiceRevision, TaskDefinition } from './objects.ts'
import {
  digestsOf,
  familyOf,
  imagesOf,
  nameBy,
  registrant,
  revisionOf,
  shortName,
} from './revision.ts'

/** Where ECS tells of no other deployment, so many of the family are offered; none is ever chosen by itself. */
const mostOffered = 5

/** Versions that only our record knows: each costs a question to ECS at every look. */
const mostRecorded = 5

/** A version as it was found, with its definition where that is still described. */
export interface Found {
  readonly definition: string
  readonly described: TaskDefinition | undefined
  readonly revision: Revision
  readonly deployed: Deployed | undefined
}

/** Other definitions that were deployed, then those only our record knows; where there are none, those of the family that could be. */
export async function othersOf(
  { revisions }: EcsParts,
  api: EcsApi,
  target: Pick<Target, 'workload'>,
  asked: string,
  all: readonly Deployed[],
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const listed = all.filter(({ definition }) => definition !== asked)
  const ids = new Set([asked, ...listed.map(({ definition }) => definition)].map(revisionOf))
  const records = await revisions.known(target.workload)
  const digestsFor = new Map(records.map(({ revision, digests }) => [revision, digests]))
  const known = records
    .filter(({ revision }) => !ids.has(revision))
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .slice(0, mostRecorded)
  const recorded = (
    await Promise.all(
      known.map(async (one) => ({
        ...one,
        definition: definitionIn(await revisions.template(target.workload, one.revision)),
      })),
    )
  ).filter(({ definition }) => definition !== undefined)
  const found = await Promise.all([
    ...listed.map(async (deployed): Promise<Found> => {
      const { definition, revision, since } = deployed
      const described = await api.definition(definition, signal)
      const found = asRevision(definition, described, revision, since)
      const digests = new Map(Object.entries(digestsFor.get(found.id) ?? {}))
      // Where ECS keeps none, our record says which image it was.
      const images = revision || !described ? found.images : imagesOf(described, digests)
      return { definition, described, deployed, revision: { ...found, images } }
    }),
    ...recorded.map(async ({ definition = '', firstSeen, name, digests }): Promise<Found> => {
      const described = await api.definition(definition, signal)
      const images = described ? imagesOf(described, new Map(Object.entries(digests))) : []
      const revision = { ...asRevision(definition, described, undefined, firstSeen), images, name }
      return { definition, described, deployed: undefined, revision }
    }),
  ])
  return found.length > 0 ? found : offered(api, asked, signal)
}

async function offered(api: EcsApi, asked: string, signal: AbortSignal): Promise<readonly Found[]> {
  const arns = await api.activeDefinitions(familyOf(asked), mostOffered + 1, signal)
  return Promise.all(
    arns
      .filter((arn) => arn !== asked)
      .slice(0, mostOffered)
      .map(async (definition): Promise<Found> => {
        const described = await api.definition(definition, signal)
        const since = described?.registeredAt ?? instant(0)
        return {
          definition,
          described,
          deployed: undefined,
          revision: asRevision(definition, described, undefined, since),
        }
      }),
  )
}

export function asRevision(
  definition: string,
  described: TaskDefinition | undefined,
  served: ServiceRevision | undefined,
  since: Instant,
): Revision {
  const images = described
    ? imagesOf(described, digestsOf(served))
    : (served?.containerImages ?? []).map(({ containerName, image, imageDigest }) => ({
        container: containerName,
        reference: image,
        ...(imageDigest ? { digest: imageDigest } : {}),
      }))
  const by = described && registrant(described)
  const number = Number(shortName(definition).split(':').at(-1))
  return {
    id: revisionOf(definition),
    name: nameBy(definition, images),
    ...(Number.isInteger(number) ? { number } : {}),
    images,
    since,
    ...labelledSchema(
      ...(described?.containerDefinitions ?? []).map(({ dockerLabels }) => dockerLabels),
    ),
    ...(by ? { by } : {}),
  }
}
