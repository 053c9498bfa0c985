import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { revisionOf, sampled, samplesFor, versionName } from './ask.ts'
import type { NginxParts } from './context.ts'
import { Unreadable, wordsFor } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { idOf, see } from './seen.ts'

/** A usual share of a canary, in percent. Whichever there was is known here no more; the step itself has looked for it. */
const smallest = 5

/** Asserts that the version, and only it, answers through nginx, and that its slot is well by itself. */
export async function verify(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  { id: to }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await see(parts, target, signal).catch((error: unknown) => {
    if (error instanceof Unreadable) return error
    throw error
  })
  if (seen instanceof Unreadable) return [{ id: 'units', result: 'failed', text: seen.message }]
  const { division, newest } = seen
  const { versions, isPartly } = await sampled(target.spec, samplesFor(smallest), signal)
  const isAll = !isPartly && versions.every((one) => revisionOf(one) === to)
  const named = [...versions.map(versionName), ...(isPartly ? ['no version'] : [])]
  return [
    {
      id: 'units',
      result: newest.answered.ok && idOf(newest) === to ? 'passed' : 'failed',
      text: `slot ${newest.slot} ${newest.answered.ok ? 'is healthy' : newest.answered.why} · requests go to ${wordsFor(division)}`,
    },
    {
      id: 'serving',
      result: isAll && division.canary === null ? 'passed' : 'failed',
      text: `through nginx ${named.join(' and ')} ${named.length > 1 ? 'answer' : 'answers'}`,
    },
  ]
}
