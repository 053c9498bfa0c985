import { isSameJson } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { nameOf, referenceIn, referenceOf } from './images.ts'
import { driftOf } from './files.ts'
import { goneText } from './history.ts'
import type { ComposeTarget } from './schema.ts'
import { type Seen, see, settingsOf } from './seen.ts'

/** What a plan holds on to until it begins: that engine, that image and those settings. Containers that were restarted are the same. */
export const preconditionOf = ({ engine, containers, asked }: Seen) => ({
  engine,
  image: asked,
  settings: [...new Set(containers.map(settingsOf))].toSorted(),
})

/** Looks at the service, at the image to go back to – one that was cleaned away meanwhile cannot be started – and whether the files still say what runs. */
export async function changedSince(
  parts: ComposeParts,
  { target, precondition, from, to }: CheckedPlan<ComposeTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const host = hostOf(parts, target.spec)
  const [seen, image, template] = await Promise.all([
    see(host, target.spec, signal),
    host.engine.image(to.id, signal),
    parts.revisions.template(target.workload, to.id),
  ])
  if (!seen) return `${target.title} is gone`
  if (seen.asked !== from.id) {
    const [newest] = seen.containers.filter(({ Image }) => Image === seen.asked)
    const recorded = referenceIn(await parts.revisions.template(target.workload, seen.asked))
    return `${newest ? nameOf(referenceOf(newest, recorded), seen.asked) : seen.asked} was deployed meanwhile`
  }
  if (!isSameJson(preconditionOf(seen), precondition))
    return `${target.title} was deployed anew meanwhile`
  if (!image)
    return `${to.name} is no longer there: ${goneText(referenceIn(template) ?? to.id, to.id)}`
  return (await driftOf(parts, target.spec, seen, signal)).refusal
}
