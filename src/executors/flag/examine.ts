import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { type FlagParts, lookAt, providerOf, titleOf } from './look.ts'
import type { FlagTarget } from './schema.ts'

/** Whether the flag is there and can be read, and off would be off. Whether the token may switch it shows only when it does. */
export async function examine(
  parts: FlagParts,
  target: FlagTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const title = titleOf(target)
  try {
    const { name } = providerOf(parts, target)
    const seen = await lookAt(parts, target, signal)
    if (!seen)
      return [
        {
          kind: 'blocks',
          text: `names a ${title} that is not in ${name}, project ${target.project}`,
          remedy: 'correct its key, project and environment',
        },
      ]
    if (seen.stays !== undefined)
      return [
        {
          kind: 'blocks',
          text: `could not end ${title} by switching it off: ${seen.stays}`,
          remedy: `change that in ${name}, or leave the flag out`,
        },
      ]
    return []
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return [
      {
        kind: 'blocks',
        text: `may not ${error.verb} its ${error.resource}`,
        remedy: 'give its token the role of docs/flags.md',
      },
    ]
  }
}
