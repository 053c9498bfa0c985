import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { endpointOf, servingOf } from './arrangement.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { RegionProvider, Seen } from './provider.ts'
import type { RegionTarget } from './schema.ts'

/** Asks everything that a failover would ask, and changes nothing: what may be changed cannot be known beforehand, and that is said. */
export async function examine(
  parts: RegionParts,
  { spec, title }: Checked<RegionTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const provider = providerOf(parts, spec)
  try {
    const seen = await provider.see(spec.at, signal)
    return seen
      ? found(provider, spec, seen)
      : [
          {
            kind: 'blocks',
            text: `there is no ${title}`,
            remedy: 'correct the target, or the subscription',
          },
        ]
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return [
      {
        kind: 'blocks',
        text: `cannot be moved to another region: may not ${error.verb} ${error.resource}`,
        remedy: 'give the process the role of deploy/azure-role.json',
      },
    ]
  }
}

function found(
  { calls }: RegionProvider,
  { regions }: RegionTarget,
  seen: Seen,
): readonly Shortcoming[] {
  const { writes } = seen
  const shortcomings: Shortcoming[] = [
    {
      kind: 'choice',
      text: 'whether endpoints and the database may be changed shows only when it is done: Azure tries nothing out',
      remedy: 'give the process the role of deploy/azure-role.json',
    },
  ]
  for (const { name, endpoint } of regions) {
    const one = endpointOf(seen, endpoint)
    if (!one)
      shortcomings.push({
        kind: 'blocks',
        text: `cannot be moved to ${name}: ${calls} knows no endpoint ${endpoint}`,
        remedy: 'correct the name of the endpoint',
      })
    else if (one.health === 'ill' || one.health === 'unwatched')
      shortcomings.push({
        kind: 'limits',
        text: `cannot be moved to ${name} at the moment: ${calls} finds its endpoint ${one.says}`,
        remedy: 'mend the region, or have its health watched',
      })
    if (writes && !writes.order.includes(name))
      shortcomings.push({
        kind: 'limits',
        text: `cannot move its writes to ${name}: the ${writes.name} has no copy there`,
        remedy: 'add the region to the account',
      })
  }
  const foreign = servingOf(seen).find(({ name }) => !regions.some((one) => one.endpoint === name))
  if (foreign)
    shortcomings.push({
      kind: 'blocks',
      text: `sends requests to the endpoint ${foreign.name}, which belongs to no region of its target`,
      remedy: 'name the region of that endpoint',
    })
  return shortcomings
}
