import { chooseTarget } from '#domain/rollback/choose-target.ts'
import { clock } from '#domain/communication/words.ts'
import type { PlanPart } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { LinkedFlag } from '#domain/service.ts'
import type { Executor, Route } from '#ports/executor.ts'
import { reasonOf } from './chosen-way.ts'
import type { Planning, Wish } from './make-plan.ts'

/** A flag that belongs to what is wrong, and how it is switched off. */
export interface FlagOff {
  readonly name: string
  readonly part: PlanPart
  readonly route: Route
}

export interface LinkedFlags {
  readonly off: readonly FlagOff[]
  /** Why each of the others stays as it is, in clauses. */
  readonly kept: readonly string[]
}

/** A provider that does not answer keeps nobody from going another way. */
const lookDeadlineMs = 5_000

/** Which flags of a service belong to a version, and are on. Changes nothing; what does not answer is said, and left as it is. */
export async function linkedFlags(
  { executors }: Planning,
  wish: Wish,
  version: Revision,
  signal: AbortSignal,
): Promise<LinkedFlags> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(lookDeadlineMs)])
  const looks = await Promise.all(
    (wish.service.flags ?? []).map(async (one) => {
      const executor = executors.get(one.target.executor)
      if (!executor) return `${one.target.title} cannot be switched here`
      return lookAt(executor, wish, one, version, abort).catch((error: unknown) => {
        signal.throwIfAborted()
        return error instanceof Error ? error.message : String(error)
      })
    }),
  )
  return {
    off: looks.filter((look) => typeof look !== 'string'),
    kept: looks.filter((look) => typeof look === 'string'),
  }
}

/** How it goes off, or why it stays. */
async function lookAt(
  executor: Executor,
  { policy, rollback, now }: Wish,
  { name, target, versions }: LinkedFlag,
  version: Revision,
  signal: AbortSignal,
): Promise<FlagOff | string> {
  const observed = await executor.observe(target, signal)
  const { running, precondition } = observed
  const found = await executor.candidates(target, observed)
  const choice = chooseTarget(found, running.id, undefined, policy.servedLongMicros)
  if (choice.kind !== 'chosen') return `${target.title} is not on`
  const unlinked = whyUnlinked(versions, running, version)
  if (unlinked !== undefined) return `${target.title} ${unlinked(now)}`
  const to = choice.candidate.revision
  const route = await executor.route(target, observed, to.id, rollback, signal)
  if (route.blockers.length > 0) return route.blockers.map(reasonOf).join('; ')
  const since = running.orEarlier ? '' : `, since ${clock(running.since, now)}`
  const differences = route.differences.map((one) => ({ ...one, from: `${one.from}${since}` }))
  return {
    name,
    part: { target, precondition, from: running, to },
    route: { ...route, differences },
  }
}

/** By the versions that are named, else by what came later: what was on before the version came did not come with it. */
function whyUnlinked(
  versions: readonly string[] | undefined,
  flag: Revision,
  version: Revision,
): ((now: Wish['now']) => string) | undefined {
  if (versions)
    return versions.some((start) => bare(version.name).startsWith(bare(start)))
      ? undefined
      : () => `belongs to ${versions.join(', ')}, not to ${version.name}`
  if (flag.orEarlier)
    return () => `is on, and nobody says since when: name the versions that it belongs to`
  const came = version.firstAt ?? version.since
  return flag.since >= came
    ? undefined
    : (now) => `was on at ${clock(flag.since, now)} already, before ${version.name} came`
}

const bare = (name: string): string => name.replace(/^v(?=\d)/, '')
