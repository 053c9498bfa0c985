import { setTimeout as sleep } from 'node:timers/promises'
import { brought } from '#domain/rollback/revision.ts'
import { DockerRefusal, NoAnswer } from '#executors/docker/failure.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import type { Revisions } from '#ports/store.ts'
import { ranSince } from '#executors/ran-since.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { lastLine } from './files.ts'
import { templateOf } from './images.ts'
import { moveFor } from './move.ts'
import { bestName } from './route.ts'
import type { ComposeChange } from './schema.ts'
import { broughtLabel, type Seen, see } from './seen.ts'

/** Answers that were lost, and troubles that pass: looked at and tried again this often. */
const attempts = 6
const retryMs = 200

/**
 * Makes one change, once, however often it is called: before every attempt it reads what became of the one before. The image is
 * looked for first, because Compose takes containers away before it knows whether another image can be started.
 */
export async function apply(
  parts: ComposeParts,
  change: ComposeChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { target, to, name } = change
  const host = hostOf(parts, target)
  for (let attempt = 1; ; attempt += 1) {
    const seen = await see(host, target, signal)
    const move = moveFor(change, seen, await ranSince(parts.revisions, change.workload, change))
    if (move.kind === 'superseded') throw new Superseded(move.why)
    if (move.kind === 'nothing') {
      if (seen?.asked === to) await remember(parts, change)
      return
    }
    if (!(await host.engine.image(to, signal)))
      throw new Superseded(`the image of ${name} is no longer on the host; nothing was stopped`)
    try {
      await up(parts, change, move.scale, operation, signal)
      await remember(parts, change)
      return
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof DockerRefusal)) throw error
      if (isMade(change, await see(host, target, signal))) continue
      if (attempt >= attempts) throw error
      await sleep(retryMs * attempt, undefined, { signal })
    }
  }
}

const isMade = ({ to }: ComposeChange, seen: Seen | undefined): boolean =>
  seen?.asked === to && !seen.isMixed

async function up(
  parts: ComposeParts,
  change: ComposeChange,
  scale: number,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { target, to, reference, undoes } = change
  const image = await bestName(parts, target, reference, to, signal)
  const labels = undoes ? {} : { labels: { [broughtLabel]: brought(operation, to) } }
  const ended = await hostOf(parts, target).compose.up(target, target.service, scale, {
    image,
    ...labels,
  })
  if (ended.code === 0) return
  const why = parts.scrub(lastLine(ended))
  if (/permission denied|403 Forbidden|authorization denied/i.test(ended.stderr))
    throw new NotAllowed('change', `Compose service ${target.service}`, { why })
  if (/cannot connect|error during connect|EOF|connection re|timed? ?out/i.test(ended.stderr))
    throw new NoAnswer(`docker compose gives no answer: ${why}`)
  throw new DockerRefusal(`docker compose ended with ${ended.code}: ${why}`)
}

async function isRecordedAsRunning(
  revisions: Revisions,
  { workload, to }: ComposeChange,
): Promise<boolean> {
  return (await revisions.known(workload)).some(
    ({ revision, running }) => running && revision === to,
  )
}

/** That it was made is known from then on, whatever is deployed over it. */
async function remember({ revisions }: ComposeParts, change: ComposeChange): Promise<void> {
  const { workload, target, to, name, reference } = change
  if (await isRecordedAsRunning(revisions, change)) return
  await revisions.saw(workload, {
    revision: to,
    name,
    template: templateOf(reference),
    running: true,
    healthy: false,
    servedMicros: 0,
    digests: { [target.service]: to },
    began: { at: undefined, orEarlier: false },
  })
}
