import { list } from '#domain/communication/words.ts'
import { TargetGone } from '#ports/target-gone.ts'
import type { DatabaseParts } from './context.ts'
import { messageOf, NoAnswer } from './failure.ts'
import type { DatabaseTarget } from './schema.ts'

/**
 * Who of those that are to stand still does not any more, in a clause; `undefined` where all do. A freeze holds versions and no
 * numbers, and not every platform has one. What was taken away meanwhile stands still. Throws `NoAnswer` where one of them cannot be
 * looked at: it may run.
 */
export async function startedAgain(
  { executorOf }: Pick<DatabaseParts, 'executorOf'>,
  { stops }: Pick<DatabaseTarget, 'stops'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await Promise.all(
    stops.map(async ({ service, target }) => {
      try {
        const quiescer = executorOf(target.executor)?.quiescer
        if (!quiescer) throw new Error(`${target.executor} can stop nothing here any more`)
        const { noun, count } = (await quiescer.plan(target, signal)).runs
        return count === 0 ? [] : [`${service} (${count} ${noun})`]
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof TargetGone) return []
        throw new NoAnswer(
          `whether ${service} still stands still is not known: ${messageOf(error)}`,
          {
            cause: error,
          },
        )
      }
    }),
  )
  const running = found.flat()
  return running.length === 0
    ? undefined
    : `${list(running)} ${running.length === 1 ? 'was' : 'were'} started again; stop that, and ask again`
}
