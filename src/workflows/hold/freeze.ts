import { freezeWords } from '#domain/communication/freeze-words.ts'
import type { IncidentId, RollbackId, ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { type FreezeMove, freezeMoves } from '#domain/rollback/freeze-moves.ts'
import { type Freeze, isFrozen } from '#domain/rollback/freeze.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotFreeze, type Freezer } from '#ports/freezer.ts'
import { messageOf } from '#workflows/turn.ts'
import { otherFreezes } from './other-freezes.ts'
import { freezable, serviceOf } from './wider-freeze.ts'
import type { World } from '#workflows/world.ts'
import { note } from './note.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'catalogue' | 'scrub'>

/** How long the platform may take for one move. */
const deadlineMs = 8_000

/**
 * Makes the freezes of an incident what its record asks for: beside the rollback and never in its way. Safe to repeat; throws when
 * something is to be tried again soon.
 */
export async function reconcileFreezes(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const faults = new Map<string, { readonly move: FreezeMove; readonly error: unknown }>()
  while (!signal.aborted) {
    const history = await ports.timeline.read(incident)
    const now = await ports.timeline.now()
    const move = freezeMoves(history, now, ports.policy.rollback).find(
      (one) => !faults.has(keyOf(one)),
    )
    if (!move) break
    try {
      await carryOut(ports, incident, move, now, signal)
    } catch (error) {
      faults.set(keyOf(move), { move, error })
      await noteFault(ports, incident, move, error)
    }
  }
  const again = [...faults.values()].find(({ move, error }) => !isFinal(move, error))
  if (again) throw again.error
}

const keyOf = (move: FreezeMove): string => `${move.do} ${move.rollback.id}`
/** A freeze that cannot be raised is said and left; one that stands is lifted however long it takes. */
const isFinal = (move: FreezeMove, error: unknown): boolean =>
  move.do === 'raise' && (error instanceof NotAllowed || error instanceof CannotFreeze)

async function carryOut(
  ports: Ports,
  incident: IncidentId,
  move: FreezeMove,
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const abort = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  const { id: rollback, freeze } = move.rollback
  if (move.do === 'lift') {
    const { because } = move
    const left = await everywhere(ports, freeze.asked?.scope ?? [], async (freezer, target) => ({
      target,
      answer: await freezer.lift(target, rollback, abort),
    }))
    // A later rollback that took it over says so itself.
    const found = because === 'taken_over' ? [] : await otherFreezes(ports, left, now)
    const others = found.length === 0 ? {} : { others: found }
    return note(ports, incident, (latest) =>
      rollbackState(latest, rollback)?.freeze.lifted
        ? undefined
        : { kind: 'freeze_lifted', rollback, because, ...others },
    )
  }

  const { until } = move
  const { service, plan } = move.rollback
  const own = plan?.freezes ? freezable(ports, ports.catalogue.get(service)) : []
  const { wider } = freeze
  const stopped = (plan?.stops ?? []).flatMap((one) => (one.freezes ? one : []))
  const others = [...stopped.map(({ target }) => target), ...(wider?.scope ?? [])]
  const scope = [...own, ...others]
  // What a plan before this one stopped is opened with the rest.
  const left = (freeze.lifted ? [] : (freeze.asked?.scope ?? [])).filter(
    ({ workload }) => !scope.some((one) => one.workload === workload),
  )
  const wide = wider ? ({ isWide: true } as const) : {}
  if (scope.length === 0) throw new CannotFreeze('nothing of it can be frozen any more')
  // Written before it is done, so that a freeze that may stand somewhere is never forgotten. It is done at the next look.
  const isAsked = freeze.asked?.until === until && !freeze.lifted
  if (!isAsked || (wider && !freeze.asked?.isWide))
    return note(ports, incident, (latest) =>
      isSame(rollbackState(latest, rollback)?.freeze, freeze)
        ? { kind: 'freeze_begun', rollback, until, scope: [...scope, ...left], ...wide }
        : undefined,
    )
  const say = (other?: ServiceId) =>
    ports.scrub(freezeWords(incident, move.rollback, until, now, other))
  // A pin stands beside the freezes of other rollbacks, also of other incidents: their end does not open it.
  const isBeside = freeze.pinned !== undefined
  await everywhere(ports, own, (freezer, target) =>
    freezer.raise(
      target,
      { rollback, until, words: say(), ...(isBeside ? { isBeside } : {}) },
      abort,
    ),
  )
  await everywhere(ports, others, (freezer, target) => {
    const standing = stopped.find((one) => one.target.workload === target.workload)
    const words = say(standing?.service ?? serviceOf(ports, target))
    return freezer.raise(target, { rollback, until, words, isBeside: true }, abort)
  })
  return note(ports, incident, (latest) =>
    stands(latest, rollback, until, wider !== undefined)
      ? undefined
      : { kind: 'freeze_raised', rollback, until, ...wide },
  )
}

/** Nobody has asked for more or for longer meanwhile. */
const isSame = (latest: Freeze | undefined, seen: Freeze): boolean =>
  latest?.asked?.until === seen.asked?.until && latest?.asked?.isWide === seen.asked?.isWide

/** Another worker may have been at it at the same time. */
function stands(history: History, rollback: RollbackId, until: Instant, isWide: boolean): boolean {
  const freeze = rollbackState(history, rollback)?.freeze
  if (!freeze || !isFrozen(freeze)) return false
  return freeze.raised?.until === until && (freeze.raised.isWide || !isWide)
}

const everywhere = <Answer>(
  { executors }: Ports,
  scope: readonly Target[],
  act: (freezer: Freezer, target: Target) => Promise<Answer>,
): Promise<readonly Answer[]> =>
  Promise.all(
    scope.flatMap((target) => {
      const freezer = executors.get(target.executor)?.freezer
      return freezer ? [act(freezer, target)] : []
    }),
  )

/** Once for each reason: what is tried again every few seconds is not told every few seconds. */
async function noteFault(
  ports: Ports,
  incident: IncidentId,
  move: FreezeMove,
  error: unknown,
): Promise<void> {
  const rollback = move.rollback.id
  const fault = {
    doing: move.do,
    why: messageOf(error),
    isFinal: isFinal(move, error),
  } as const
  await note(ports, incident, (history) => {
    const last = rollbackState(history, rollback)?.freeze.failure
    const isKnown = last?.doing === fault.doing && last.why === fault.why
    return isKnown && last.isFinal === fault.isFinal
      ? undefined
      : { kind: 'freeze_failed', rollback, ...fault }
  })
}
