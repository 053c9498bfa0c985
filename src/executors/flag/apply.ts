import { setTimeout as sleep } from 'node:timers/promises'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { type FlagParts, lookAt, providerOf, stateText, titleOf } from './look.ts'
import type { FlagChange } from './schema.ts'

const attempts = 4
const retryMs = 100

/**
 * Switches the flag, and reads back what came of it. Switches nothing when it is so already. Throws `Superseded` when its rules are
 * no longer those that were approved: somebody else is at work on it, and theirs stays.
 */
export async function apply(
  parts: FlagParts,
  { target, isOn, rules }: FlagChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const provider = providerOf(parts, target)
  const title = titleOf(target)
  let wasSet = false
  for (let attempt = 1; ; attempt += 1) {
    try {
      const seen = await lookAt(parts, target, signal)
      if (!seen) throw new Superseded(`${title} is gone`)
      if (seen.rulesId !== rules && wasSet)
        throw new NotRestored(
          `${title} is switched ${isOn ? 'on' : 'off'}, and is not as it was before: it is ${stateText(seen)} now; look at it in ${provider.name}`,
        )
      if (seen.rulesId !== rules)
        throw new Superseded(`${title} was changed meanwhile: it is ${stateText(seen)}`)
      if (seen.isOn === isOn) return
      await provider.set(target, { isOn, seen, why: `Countermand ${operation}` }, signal)
      wasSet = true
    } catch (error) {
      const isAnswer =
        error instanceof Superseded || error instanceof NotAllowed || error instanceof NotRestored
      if (isAnswer || attempt >= attempts) throw error
      signal.throwIfAborted()
      await sleep(retryMs * attempt, undefined, { signal })
    }
  }
}

/** Our own change brought something else than was there before; to try again would not mend it. */
class NotRestored extends Error {
  override readonly name = 'NotRestored'
}
