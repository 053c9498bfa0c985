import { setTimeout as sleep } from 'node:timers/promises'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { TenureOver } from '#ports/tenure.ts'
import { type FlagParts, lookAt, providerOf, stateText, titleOf } from './look.ts'
import type { FlagChange } from './schema.ts'

const attempts = 4
const usualRetryMs = 100
/** To try again would not change them. */
const answers = [Superseded, NotAllowed, NeedsPerson, TenureOver]

/**
 * Switches the flag, and reads back what came of it. Switches nothing when it is so already. Throws `Superseded` when its rules are
 * no longer those that were approved: somebody else is at work on it, and theirs stays. Throws `NeedsPerson` when it is switched as
 * wanted and is not as it was before: to try again would not mend it. What was taken and does not show is looked for some times, and
 * not sent again.
 */
export async function apply(
  parts: FlagParts,
  { target, isOn, rules }: FlagChange,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { retryMs = usualRetryMs } = parts
  const provider = providerOf(parts, target)
  const title = titleOf(target)
  let wasTried = false
  let wasTaken = false
  for (let attempt = 1; ; attempt += 1) {
    try {
      const seen = await lookAt(parts, target, signal)
      if (!seen) throw new Superseded(`${title} is gone`)
      if (seen.rulesId !== rules && seen.isOn === isOn && wasTried)
        throw new NeedsPerson(
          `${title} is switched ${isOn ? 'on' : 'off'}, and is not as it was before: it is ${stateText(seen)} now; look at it in ${provider.name}`,
        )
      // Only an undo switches on; a process that ended after it did so has left what looks like somebody else's change.
      if (seen.rulesId !== rules && seen.isOn && isOn)
        throw new Superseded(
          `${title} is not as it was before: it is ${stateText(seen)} now, and whether somebody or the undo did that cannot be told; look at it in ${provider.name}`,
        )
      if (seen.rulesId !== rules)
        throw new Superseded(`${title} was changed meanwhile: it is ${stateText(seen)}`)
      if (seen.isOn === isOn) return
      if (wasTaken)
        throw new Error(
          `${provider.name} took the change, and ${title} is as it was: ${stateText(seen)}`,
        )
      wasTried = true
      await provider.set(target, { isOn, seen, why: `Countermand ${operation}` }, signal)
      wasTaken = true
    } catch (error) {
      const isAnswer = answers.some((Kind) => error instanceof Kind)
      if (isAnswer || attempt >= attempts) throw error
      signal.throwIfAborted()
      await sleep(retryMs * attempt, undefined, { signal })
    }
  }
}
