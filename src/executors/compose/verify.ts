import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { shortImage } from './images.ts'
import type { ComposeTarget } from './schema.ts'
import { conditionOf, hasHealthCheck, readyOf, see } from './seen.ts'

/** Asserts that every container runs the very image, by its id, and is well. A tag proves nothing here. */
export async function verify(
  parts: ComposeParts,
  { spec }: Checked<ComposeTarget>,
  { id: to }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const seen = await see(hostOf(parts, spec), spec, signal)
  if (!seen) return [{ id: 'units', result: 'failed', text: `${spec.service} is gone` }]
  const { containers } = seen
  const ready = readyOf(seen, to)
  const unchecked = containers.filter((one) => !hasHealthCheck(one)).length
  const broken = containers
    .map(conditionOf)
    .flatMap((one) => (one.kind === 'broken' ? [one.why] : []))
  const others = containers.filter(({ Image }) => Image !== to)
  return [
    {
      id: 'units',
      result: ready === containers.length ? 'passed' : 'failed',
      text: [
        `${ready}/${containers.length} containers ${unchecked > 0 ? 'running, which is all that is known without a health check' : 'healthy'}`,
        ...broken,
      ].join(' · '),
    },
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
