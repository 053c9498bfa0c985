import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Goal } from '#ports/executor.ts'
import { endpointOf, namesOf, regionOf, regionsIn, servingOf, versionOf } from './arrangement.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { Seen } from './provider.ts'
import type { RegionTarget } from './schema.ts'

/** Asserts that the regions of `to`, and only they, are answered with, are well, and have the writes. */
export async function verify(
  parts: RegionParts,
  { spec, title }: Checked<RegionTarget>,
  { id: to }: Goal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const provider = providerOf(parts, spec)
  const seen = await provider.see(spec.at, signal)
  if (!seen) return [{ id: 'serving', result: 'failed', text: `${title} is gone` }]
  const goal = regionsIn(to)
  const serving = servingOf(seen)
  const names = serving.map(({ name }) => regionOf(spec, name) ?? name)
  const isRight = versionOf(names) === to
  return [
    {
      id: 'serving',
      result: isRight && seen.isOn ? 'passed' : 'failed',
      text: `${provider.calls} answers with ${namesOf(names) || 'nothing'} · resolvers may keep older answers for ${seen.ttlSeconds} s`,
    },
    unitsCheck(spec, seen, goal),
    ...writesCheck(seen, goal),
  ]
}

function unitsCheck({ regions }: RegionTarget, seen: Seen, goal: readonly string[]): Check {
  const own = regions
    .filter(({ name }) => goal.includes(name))
    .map(({ name, endpoint }) => ({ name, found: endpointOf(seen, endpoint) }))
  const healths = own.map(({ found }) => found?.health)
  const text = own.map(({ name, found }) => `${name} is ${found?.says ?? 'gone'}`).join(' · ')
  if (own.length > 0 && healths.every((health) => health === 'online'))
    return { id: 'units', result: 'passed', text }
  const isUnknown = healths.every(
    (health) => health === 'online' || health === 'checking' || health === 'unwatched',
  )
  return { id: 'units', result: isUnknown ? 'unknown' : 'failed', text }
}

function writesCheck({ writes }: Seen, goal: readonly string[]): readonly Check[] {
  if (!writes) return []
  const check = (result: Check['result'], text: string): readonly Check[] => [
    { id: 'endpoints', result, text },
  ]
  if (writes.isBusy) return check('unknown', `the ${writes.name} is ${writes.says}`)
  if (writes.isShared) return check('passed', `every region of the ${writes.name} takes writes`)
  const [first = 'nowhere'] = writes.order
  return check(
    goal.includes(first) ? 'passed' : 'failed',
    `the ${writes.name} takes writes in ${first}`,
  )
}
