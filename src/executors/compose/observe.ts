import { beganAt } from '#domain/rollback/began.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { fromDate, type Instant, instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Container } from '#executors/docker/objects.ts'
import { isMutableReference } from '#executors/image-reference.ts'
import type { Observed } from '#ports/executor.ts'
import { preconditionOf } from './changed-since.ts'
import { type ComposeParts, hostOf, nameOf } from './context.ts'
import { historyOf } from './history.ts'
import { asRevision, referenceIn, referenceOf, schemaIn, templateOf } from './images.ts'
import type { ComposeTarget } from './schema.ts'
import { broughtLabel, conditionOf, createdAt, servingOf, type Seen, see } from './seen.ts'

/** What runs and what could run instead. Writes what it sees running into our record, for Docker itself keeps no history. */
export async function observe(
  parts: ComposeParts,
  target: Checked<ComposeTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const seen = await see(hostOf(parts, target.spec), target.spec, signal)
  if (!seen) throw new Error(`there is no ${nameOf(target.spec)}`)
  const [{ running, began }, image] = await Promise.all([
    runningOf(parts, target, seen),
    hostOf(parts, target.spec).engine.image(seen.asked, signal),
  ])
  const { history, objections } = await historyOf(parts, target, running, signal)
  return {
    running: {
      ...running,
      ...schemaIn(image),
      ...(began ? { since: began.at, ...(began.orEarlier ? { orEarlier: true } : {}) } : {}),
    },
    history,
    objections,
    precondition: preconditionOf(seen),
    warnings: warningsOf(seen, running),
    blockers: [],
    units: {
      noun: 'containers',
      count: seen.containers.length,
      ready: servingOf(seen, seen.asked),
    },
  }
}

/** What was asked for last, and since when it runs by our record and Docker's date. */
async function runningOf(
  { revisions }: ComposeParts,
  { workload, spec }: Checked<ComposeTarget>,
  seen: Seen,
): Promise<{
  readonly running: Revision
  readonly began: { readonly at: Instant; readonly orEarlier: boolean } | undefined
}> {
  const own = seen.containers.filter(({ Image }) => Image === seen.asked)
  const [first] = own
  if (!first) throw new Error('the newest container is among the containers')
  const recorded = referenceIn(await revisions.template(workload, seen.asked))
  const reference = referenceOf(first, recorded)
  const made = instant(Math.min(...own.map(createdAt)))
  const by = own.map(({ Config }) => Config.Labels[broughtLabel]).find((one) => one !== undefined)
  const running = asRevision(seen.asked, reference, spec.service, made, by)
  const known = await revisions.known(workload)
  const began = beganAt(running.id, { createdAt: made, writtenAt: made, others: [] }, known)
  const record = await revisions.saw(workload, {
    revision: running.id,
    name: running.name,
    template: templateOf(reference),
    running: true,
    healthy: own.every((one) => conditionOf(one, seen.now).kind === 'ready') && !seen.isMixed,
    servedMicros: ranFor(own, seen.now),
    digests: { [spec.service]: running.id },
    ...(began ? { began } : {}),
  })
  return { running, began: record }
}

/** How long it has certainly run by Docker's own dates; whoever restarts a container begins anew. */
function ranFor(own: readonly Container[], now: Instant): number {
  if (!own.every((one) => conditionOf(one, now).kind === 'ready')) return 0
  const started = Math.max(...own.map(({ State }) => fromDate(new Date(State.StartedAt))))
  return Math.max(0, now - started)
}

function warningsOf(seen: Seen, { images }: Revision): readonly Warning[] {
  const ready = servingOf(seen, seen.asked)
  const wanted = seen.containers.length
  const conditions = seen.containers.map((one) => conditionOf(one, seen.now))
  const warnings: (Warning | false)[] = [
    (seen.isMixed || conditions.some(({ kind }) => kind === 'starting')) && {
      kind: 'in_flight',
      ready,
      wanted,
    },
    ready === 0 && { kind: 'nothing_serving' },
    ...conditions.flatMap((one) =>
      'why' in one ? [{ kind: 'platform', text: one.why } as const] : [],
    ),
    ...images
      .filter(({ reference }) => isMutableReference(reference))
      .map(({ reference }) => ({ kind: 'mutable_tag', image: reference }) as const),
  ]
  return warnings.filter((warning) => warning !== false)
}
