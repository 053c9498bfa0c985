import type { World } from './world.ts'

/** Looks at every configured workload once, so that what ran well is known before it is needed. One that does not answer is passed over. */
export async function observeAll(
  { catalogue, executors }: Pick<World, 'catalogue' | 'executors'>,
  signal: AbortSignal,
): Promise<void> {
  const targets = [...catalogue.values()].flatMap(({ targets }) => targets)
  await Promise.allSettled(
    targets.map(async (target) => executors.get(target.executor)?.observe(target, signal)),
  )
}
