import { brought } from '#domain/rollback/revision.ts'
import type { Ended } from '#executors/docker/apart.ts'
import { DockerRefusal, NoAnswer } from '#executors/docker/failure.ts'
import { NotAllowed } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { whyNot } from './files.ts'
import { bestName } from './route.ts'
import type { ComposeChange, ComposeTarget } from './schema.ts'
import { broughtLabel } from './seen.ts'

/** Starts so many containers of an image. Throws where Docker refuses it or does not answer; what became of it is to be looked at. */
export async function up(
  parts: ComposeParts,
  change: Pick<ComposeChange, 'target' | 'to' | 'reference' | 'undoes'>,
  wanted: { readonly scale: number; readonly fill: boolean },
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { target, to, reference, undoes } = change
  const image = await bestName(parts, target, reference, to, signal)
  const labels = undoes ? {} : { labels: { [broughtLabel]: brought(operation, to) } }
  const override = { image, ...labels }
  const { compose } = hostOf(parts, target)
  expectDone(parts, target, await compose.up(target, target.service, wanted, override, signal))
}

/** Stops containers and takes them away. Throws as `up` does. */
export const remove = onContainers('remove')

/** Stops containers, each for as long as it may take, and leaves them there. Throws as `up` does. */
export const stop = onContainers('stop')

/** Starts containers that are there. Throws as `up` does. */
export const start = onContainers('start')

function onContainers(what: 'remove' | 'stop' | 'start') {
  return async (
    parts: ComposeParts,
    target: ComposeTarget,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<void> => {
    const { compose } = hostOf(parts, target)
    expectDone(parts, target, await compose[what](target, target.service, ids, signal))
  }
}

function expectDone({ scrub }: ComposeParts, { service }: ComposeTarget, ended: Ended): void {
  if (ended.code === 0) return
  const why = whyNot(ended, scrub)
  if (/permission denied|403 Forbidden|authorization denied/i.test(ended.stderr))
    throw new NotAllowed('change', `Compose service ${service}`, { why })
  // Whoever was to be stopped is gone by now.
  if (/no such container/i.test(ended.stderr)) throw new NoAnswer(why)
  if (/cannot connect|error during connect|EOF|connection re|timed? ?out/i.test(ended.stderr))
    throw new NoAnswer(`docker compose gives no answer: ${why}`)
  throw new DockerRefusal(`docker compose ended with ${ended.code}: ${why}`)
}
