import { createHash } from 'node:crypto'
import { z } from 'zod'
import { compareVersions } from '#domain/rollback/schema-range.ts'
import type { WorkloadId } from '#domain/ids.ts'
import { revisionId, type RevisionId } from '#domain/ids.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { Revisions } from '#ports/store.ts'
import type { Seen } from './look.ts'
import { Shape } from './shape.ts'

/** 41 of one database is not 41 of another. */
export const revisionOf = (workload: WorkloadId, version: string | null): RevisionId =>
  revisionId(
    `sha256:${createHash('sha256')
      .update(`${workload} ${version ?? 'empty'}`)
      .digest('hex')}`,
  )

export function asRevision(
  workload: WorkloadId,
  version: string | null,
  since: Instant = instant(0),
): Revision {
  const number = Number(version ?? Number.NaN)
  return {
    id: revisionOf(workload, version),
    name: version ?? 'no migration',
    ...(Number.isSafeInteger(number) ? { number } : {}),
    images: [],
    since,
    orEarlier: true,
  }
}

/**
 * What our record keeps of a version: what the schema looks like while it is current, and what it looked like when it was so the time before.
 * Only the latter proves anything of a version that has come back.
 */
export const templateOf = (
  version: string | null,
  shape: Shape | null,
  before: Shape | undefined,
) => ({ version, shape, ...(before === undefined ? {} : { before }) })

/** What an earlier release of ours kept as one digest is compared with nothing. */
const Kept = z.object({
  shape: Shape.nullable().catch(null),
  before: Shape.optional().catch(undefined),
})

/** What a version looked like when it was current before this time; undefined where nobody saw that. */
export async function shapeBefore(
  revisions: Pick<Revisions, 'known' | 'template'>,
  workload: WorkloadId,
  id: RevisionId,
): Promise<Shape | undefined> {
  // Read before it is known whether the version is current: what another look writes meanwhile is no earlier time.
  const kept = await keptOf(revisions, workload, id)
  const record = (await revisions.known(workload)).find(({ revision }) => revision === id)
  return record?.running === true
    ? (await keptOf(revisions, workload, id))?.before
    : (kept?.shape ?? undefined)
}

const keptOf = async (
  revisions: Pick<Revisions, 'template'>,
  workload: WorkloadId,
  id: RevisionId,
) => Kept.safeParse(await revisions.template(workload, id)).data

/** What is taken down on the way to a version, the newest first. */
export const pathDown = ({ applied }: Pick<Seen, 'applied'>, to: string): readonly string[] =>
  applied.filter((one) => compareVersions(one, to) > 0).toReversed()

/** Why the way down is closed; `undefined` where every migration on it can be taken down. */
export function oneWayText(
  { migrations }: Pick<Seen, 'migrations'>,
  path: readonly string[],
): string | undefined {
  for (const version of path) {
    const found = migrations.find((one) => one.version === version)
    if (!found)
      return `migration ${version} is applied, and its file is not among the migrations here; bring them up to date`
    if (found.oneWay !== null)
      return `migration ${titleOf(found)} cannot be taken down: ${found.oneWay}`
  }
  return undefined
}

/** dbmate takes down what is last by its text, not by its number; `undefined` where both are the same. */
export function misorderedText({ applied }: Pick<Seen, 'applied'>): string | undefined {
  const byText = applied.toSorted((a, b) => (a < b ? -1 : 1))
  const at = applied.findIndex((one, index) => one !== byText[index])
  return at < 0
    ? undefined
    : `dbmate orders versions as text, and would take ${byText.at(-1)} down before ${applied.findLast((one) => one !== byText.at(-1))}; take them down by hand, one by one`
}

export const titleOf = ({ version, name }: { readonly version: string; readonly name: string }) =>
  name === '' ? version : `${version} ${name}`
