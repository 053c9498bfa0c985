import { revisionId } from '#domain/ids.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Objection } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { asRevision, isImageId, referenceIn, repositoryOf, schemaIn, shortImage } from './images.ts'
import type { ComposeTarget } from './schema.ts'

/** Each costs a question to Docker at every look. */
const mostRecorded = 8
const mostOffered = 5

/**
 * Docker keeps no history of a service. So what could run instead is what our record has seen running, newest first, and what
 * else of the same repository this engine has: that was never seen running here, and nothing chooses it by itself.
 */
export async function historyOf(
  parts: ComposeParts,
  { workload, spec }: Checked<ComposeTarget>,
  running: Revision,
  signal: AbortSignal,
): Promise<{
  readonly history: readonly Revision[]
  readonly objections: ReadonlyMap<Revision['id'], Objection>
}> {
  const { engine } = hostOf(parts, spec)
  const { revisions } = parts
  const known = (await revisions.known(workload))
    .filter(({ revision }) => revision !== running.id && isImageId(revision))
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .slice(0, mostRecorded)
  const recorded = await Promise.all(
    known.map(async ({ revision, name, firstSeen }) => {
      const [template, image] = await Promise.all([
        revisions.template(workload, revision),
        engine.image(revision, signal),
      ])
      const reference = referenceIn(template) ?? revision
      return {
        revision: {
          ...asRevision(revision, reference, spec.service, firstSeen),
          name,
          ...schemaIn(image),
        },
        isGone: image === undefined,
        reference,
      }
    }),
  )
  const [reference = ''] = running.images.map((image) => image.reference)
  const listed = isImageId(reference) ? [] : await engine.images(repositoryOf(reference), signal)
  const has = new Set([running.id, ...known.map((one) => one.revision)])
  const offered = listed
    .filter(({ Id, RepoTags }) => !has.has(revisionId(Id)) && RepoTags.length > 0)
    .slice(0, mostOffered)
    .map((image) => {
      const {
        Id,
        RepoTags: [tag = Id],
      } = image
      return { ...asRevision(Id, tag, spec.service, instant(0)), ...schemaIn(image) }
    })
  return {
    history: [...recorded.map(({ revision }) => revision), ...offered],
    objections: new Map(
      recorded.flatMap((one) =>
        one.isGone
          ? [[one.revision.id, { missing: goneText(one.reference, one.revision.id) }]]
          : [],
      ),
    ),
  }
}

export const goneText = (reference: string, id: string): string =>
  `its image ${shortImage(id)} is no longer on the host: \`docker pull ${isImageId(reference) ? '<its digest>' : reference}\` or \`docker load\` it there, and look that it is the same one`
