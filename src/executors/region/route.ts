import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Step } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import { type Observed, type Route, Superseded } from '#ports/executor.ts'
import {
  arrangementOf,
  endpointOf,
  namesOf,
  regionOf,
  regionsIn,
  servingOf,
  versionOf,
} from './arrangement.ts'
import { providerOf, type RegionParts } from './context.ts'
import type { Seen } from './provider.ts'
import {
  endpointNamed,
  expectedMicros,
  howText,
  type Manner,
  type Moves,
  nameOf,
  warningsOf,
} from './route-words.ts'
import type { Arrangement, RegionChange, RegionTarget } from './schema.ts'
import { whyClosed, writesToMove } from './writes.ts'

/** The way to have `to` take the requests: open it, move the writes, and only then close what took them. */
export async function route(
  parts: RegionParts,
  target: Checked<RegionTarget>,
  observed: Observed,
  to: RevisionId,
  manner: Manner,
  signal: AbortSignal,
): Promise<Route> {
  const provider = providerOf(parts, target.spec)
  const seen = await provider.see(target.spec.at, signal)
  const { spec } = target
  const serving = seen ? servingOf(seen).flatMap(({ name }) => regionOf(spec, name) ?? []) : []
  if (!seen || versionOf(serving) !== observed.running.id)
    throw new Superseded(`${target.title} changed while the plan was made`)
  const goal = regionsIn(to)
  const refuse = (...blockers: readonly Blocker[]) => refused(manner, blockers)
  if (to === observed.running.id) return refuse({ kind: 'already_there', revision: namesOf(goal) })
  const unknown = goal.find((name) => endpointNamed(spec, seen, name) === undefined)
  if (goal.length === 0 || unknown !== undefined)
    return refuse({
      kind: 'target_missing',
      revision: namesOf(goal),
      why: `no endpoint of ${unknown ?? 'it'} is known`,
    })
  const moves = writesToMove(seen, goal)
  const why = await whyClosed(provider, spec, seen, moves, manner, signal)
  if (why !== undefined) return refuse({ kind: 'unsupported', why })
  const made = stepsOf(target, seen, serving, goal, moves, manner)
  return {
    ...refused(manner, []),
    steps: made,
    warnings: warningsOf(provider, spec, seen, goal, moves, manner),
    how: howText(provider, seen, made, manner === 'planned' ? moves : undefined),
    expectedMicros: expectedMicros(spec, seen, goal, moves),
  }
}

function stepsOf(
  { spec, workload }: Checked<RegionTarget>,
  seen: Seen,
  serving: readonly string[],
  goal: readonly string[],
  moves: Moves | undefined,
  manner: Manner,
): readonly Step[] {
  const path: Arrangement[] = [arrangementOf(seen)]
  const parts: {
    name: string
    kind: RegionChange['kind']
    undo: RegionChange['kind']
    region: string
    back?: string
    settles: string
  }[] = []
  const add = (part: (typeof parts)[number], next: (now: Arrangement) => Partial<Arrangement>) => {
    const now = path.at(-1)
    if (now) path.push({ ...now, ...next(now) })
    parts.push(part)
  }
  for (const region of goal.filter((name) => !endpointNamed(spec, seen, name)?.isOpen))
    add(
      { name: `${region} opened`, kind: 'open', undo: 'close', region, settles: 'health' },
      ({ open }) => ({
        open: [...open, nameOf(spec, region)].toSorted(),
      }),
    )
  if (moves && manner === 'planned')
    add(
      {
        name: `writes moved to ${moves.to}`,
        kind: 'write_to',
        undo: 'write_to',
        region: moves.to,
        back: moves.from,
        settles: 'the database',
      },
      () => ({ writesIn: moves.to }),
    )
  if (moves && manner === 'offline')
    add(
      {
        name: `${moves.from} given up, writes in ${moves.to}`,
        kind: 'give_up',
        undo: 'take_up',
        region: moves.from,
        settles: 'the database',
      },
      () => ({ writesIn: moves.to }),
    )
  for (const region of closing(spec, seen, serving, goal))
    add(
      { name: `${region} closed`, kind: 'close', undo: 'open', region, settles: 'DNS' },
      ({ open }) => ({
        open: open.filter((one) => one !== nameOf(spec, region)),
      }),
    )
  return parts.map(({ name, kind, undo, region, back = region, settles }, index): Step => {
    const change = (
      of: RegionChange['kind'],
      where: string,
      from: number,
      to: number,
    ): RegionChange => ({
      kind: of,
      target: spec,
      workload,
      id: seen.id,
      region: where,
      endpoint: nameOf(spec, where),
      path,
      from,
      to,
    })
    return {
      name,
      change: change(kind, region, index, index + 1),
      undo: change(undo, back, index + 1, undo === 'take_up' ? index + 1 : index),
      settles,
      // A region that does not come up is closed again; past that, people say what comes next.
      onFailure: kind === 'open' ? 'undo' : 'ask',
    }
  })
}

/** Of those that would be answered with before the goal, or beside it. Standbys after it stay as they are. */
function closing(
  { regions }: RegionTarget,
  seen: Seen,
  serving: readonly string[],
  goal: readonly string[],
): readonly string[] {
  if (seen.answersWith === 'every') return serving.filter((name) => !goal.includes(name))
  const last = Math.max(
    ...regions
      .filter(({ name }) => goal.includes(name))
      .map(({ endpoint }) => endpointOf(seen, endpoint)?.rank ?? 0),
  )
  return regions.flatMap(({ name, endpoint }) => {
    const { isOpen = false, rank = 0 } = endpointOf(seen, endpoint) ?? {}
    return isOpen && rank < last && !goal.includes(name) ? [name] : []
  })
}

const refused = (manner: Manner, blockers: readonly Blocker[]): Route =>
  closedRoute(manner === 'planned' ? 'regional-failover' : 'region-offline', ...blockers)
