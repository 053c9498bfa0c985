import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Difference } from '#domain/rollback/plan.ts'
import type { Image, Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import { digestIn } from '#executors/image-reference.ts'
import type { Observed } from '#ports/executor.ts'
import type { Revisions } from '#ports/store.ts'
import type { EcsApi } from './api.ts'
import { differencesBetween } from './differences.ts'
import { isDeployable } from './objects.ts'
import { shortName } from './revision.ts'

/** A version to go back to, and the task definition that has it; whoever deploys it. */
export interface Goal {
  readonly revision: Revision
  readonly definition: string
  /** It was deregistered: a copy of it is deployed. */
  readonly isInactive: boolean
  readonly differences: readonly Difference[]
}

interface Parts {
  readonly ecs: EcsApi
  readonly revisions: Pick<Revisions, 'template'>
}

/** The version `to`, or why it cannot be deployed by what is known of it. `asked` is what the service is told to run. */
export async function goalOf(
  { ecs, revisions }: Parts,
  { workload }: Pick<Target, 'workload'>,
  { running, history }: Observed,
  { to, asked }: { readonly to: RevisionId; readonly asked: string },
  signal: AbortSignal,
): Promise<Goal | Blocker> {
  const revision = [running, ...history].find(({ id }) => id === to)
  const definition = definitionIn(await revisions.template(workload, to))
  const [before, after] = await Promise.all([
    ecs.definition(asked, signal),
    definition === undefined ? undefined : ecs.definition(definition, signal),
  ])
  if (!revision || definition === undefined || !after || !isDeployable(after))
    return {
      kind: 'target_missing',
      revision: revision?.name ?? to,
      why: missingText(definition, after?.status),
    }
  const differences = before
    ? differencesBetween(
        { definition: before, images: running.images },
        { definition: after, images: revision.images },
      )
    : []
  return { revision, definition, isInactive: after.status !== 'ACTIVE', differences }
}

function missingText(definition: string | undefined, status: string | undefined): string {
  if (definition === undefined) return 'our record does not name its task definition'
  return status === undefined
    ? `its task definition ${shortName(definition)} was deleted`
    : `its task definition ${shortName(definition)} is ${status}; register it once more and deploy what that makes, or set registerAgain for the target`
}

/** Whether it can still be deployed: a definition that was deregistered meanwhile would be refused. */
export async function goneSince(
  { ecs, revisions }: Parts,
  { workload }: Pick<Target, 'workload'>,
  to: Pick<Revision, 'id' | 'name'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const definition = definitionIn(await revisions.template(workload, to.id))
  const found = definition === undefined ? undefined : await ecs.definition(definition, signal)
  if (isDeployable(found)) return undefined
  return `${to.name} is no longer there: ${definition === undefined ? 'our record does not name its task definition' : `${shortName(definition)} was deregistered`}`
}

/** By other definitions the same images would start, under names that were moved since: a rollback in name only. */
export function sameImages(running: readonly Image[], goal: readonly Image[]): string | undefined {
  const pairs = goal.map((image) => ({
    image,
    now: running.find(({ container }) => container === image.container),
  }))
  const isByName = pairs.every(
    ({ image, now }) => image.reference === now?.reference && !digestIn(image.reference),
  )
  const moved = pairs.find(
    ({ image, now }) => image.digest && now?.digest && image.digest !== now.digest,
  )
  return isByName && moved
    ? `both task definitions name ${moved.image.reference}, whose tag was moved from ${moved.image.digest?.slice(0, 19)} to ${moved.now?.digest?.slice(0, 19)}: the same image would start again; move the tag back and deploy anew, or register a definition that names the digest`
    : undefined
}

/** What our record keeps of a version. */
export const templateOf = (definition: string) => ({ taskDefinition: definition })
export function definitionIn(template: unknown): string | undefined {
  const kept =
    typeof template === 'object' && template !== null && 'taskDefinition' in template
      ? template.taskDefinition
      : undefined
  return typeof kept === 'string' ? kept : undefined
}
