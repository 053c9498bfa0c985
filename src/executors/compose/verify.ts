import type { Check } from '#domain/rollback/verification.ts'
import { seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { shortImage } from './images.ts'
import type { ComposeTarget } from './schema.ts'
import {
  type Condition,
  conditionOf,
  hasHealthCheck,
  longEnough,
  readyOf,
  type Seen,
  see,
  servingOf,
} from './seen.ts'

/** Asserts that every container runs the very image, by its id, and is well. A tag proves nothing here. */
export async function verify(
  parts: ComposeParts,
  { spec }: Checked<ComposeTarget>,
  { id: to }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await see(hostOf(parts, spec), spec, signal)
  if (!seen) return [{ id: 'units', result: 'failed', text: `${spec.service} is gone` }]
  const { containers, now } = seen
  const others = containers.filter(({ Image }) => Image !== to)
  return [
    unitsOf(
      seen,
      containers.map((one) => conditionOf(one, now)),
      to,
    ),
    {
      id: 'serving',
      result: others.length === 0 ? 'passed' : 'failed',
      text:
        others.length === 0
          ? `image ${shortImage(to)} in ${containers.length} containers`
          : `${others.length} of ${containers.length} containers run another image: ${shortImage(others[0]?.Image ?? '')}`,
    },
  ]
}

/** One that has just begun to run, and has no health check, is neither well nor ill. */
function unitsOf(seen: Seen, conditions: readonly Condition[], to: Goal['id']): Check {
  const { containers } = seen
  const isUnchecked = !containers.every(hasHealthCheck)
  const ready = readyOf(seen, to)
  const serving = servingOf(seen, to)
  const result =
    ready === containers.length ? 'passed' : serving === containers.length ? 'unknown' : 'failed'
  const so = isUnchecked
    ? `running, which is all that is known without a health check${result === 'unknown' ? `, and for less than ${longEnough / seconds(1)} s` : ''}`
    : 'healthy'
  return {
    id: 'units',
    result,
    text: [
      `${result === 'unknown' ? serving : ready}/${containers.length} containers ${so}`,
      ...conditions.flatMap((one) => ('why' in one ? [one.why] : [])),
    ].join(' · '),
  }
}
