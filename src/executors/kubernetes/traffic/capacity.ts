import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { PlainLook, Side } from '../canary/plain-look.ts'
import { readyOf } from '../canary/plain-look.ts'
import { wantedOf } from '../workload.ts'
import { type Division, shareOf } from './division.ts'
import { noPodReady } from './readiness.ts'

type Seen = PlainLook & { readonly canary: Side; readonly division: Division }

interface Capacity {
  /** Of the stable Deployment, before it gets the requests back. */
  readonly pods: number
  readonly warnings: readonly Warning[]
  readonly blockers: readonly Blocker[]
}

/** What pods have in reserve, as autoscalers are usually set: they scale at 70 or 80 % of what a pod can do. */
const headroom = 1.25

/**
 * How many pods the stable version needs so that none of them has more than a quarter above what the busiest pod of either version
 * has now, which is known to be carried. Never fewer than there are; no more than its autoscaler lets it have, which is then said.
 */
export function capacityFor({ stable, canary, division }: Seen): Capacity {
  const now = wantedOf(stable.target.spec, stable.workload)
  const { name } = stable.target.spec
  // Pods that are not asked for yet are waited for; those that are and do not come would be none for all requests.
  if (now > 0 && readyOf(stable) === 0) return closed(noPodReady(name))
  const share = shareOf(division, 'canary')
  const busiest = Math.max(perPod(100 - share, readyOf(stable)), perPod(share, readyOf(canary)))
  if (busiest === 0) return closed(`${name} has no pods, and nothing tells how many it would need`)
  const needed = Math.max(now, Math.ceil(100 / (busiest * headroom) - 1e-9))
  const most = stable.observed.warnings.flatMap((warning) =>
    warning.kind === 'autoscaler' ? warning.max : [],
  )[0]
  const pods = Math.max(now, Math.min(needed, most ?? needed))
  const short: readonly Warning[] =
    needed > pods
      ? [
          {
            kind: 'short_capacity',
            detail: `${name} would need ${needed} pods for all requests, its autoscaler allows ${pods}`,
          },
        ]
      : []
  const grown: readonly Warning[] =
    pods > now
      ? [
          {
            kind: 'traffic',
            text: `${name} has ${now} pods for ${Math.round(100 - share)} % of the requests: it is scaled to ${pods} before it gets all`,
          },
        ]
      : []
  return { pods, warnings: [...grown, ...short], blockers: [] }
}

const closed = (why: string): Capacity => ({
  pods: 0,
  warnings: [],
  blockers: [{ kind: 'unsupported', why }],
})

/** Where no pod is ready nobody knows what one could carry. */
const perPod = (share: number, pods: number): number => (pods > 0 ? share / pods : 0)
