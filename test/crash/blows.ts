import { setTimeout as sleep } from 'node:timers/promises'
import type { Boundary, Verdict } from '../support/replica-boundaries.ts'
import type { Crew } from './crew.ts'
import { type Fault, type Hit, isDeadly, type Place } from './hits.ts'
import type { Ear, Member } from './member.ts'

/** From the blow until somebody else was at the same work. */
export interface Takeover {
  readonly fault: Fault
  readonly ms: number
  /** At the machine's usual speed. */
  readonly usualMs: number
}

/** How long a frozen process stays frozen: longer than its lease. */
const frozenMs = 4_000
/** Whoever has not died by then had been refused what comes before. */
const refusedMs = 2_000
/** Of a hit that is dealt wherever the boundary is reached next. */
const next = 0

interface Blow {
  readonly hit: Hit
  readonly member: Member
  readonly boundary: Boundary
  at: Moment
  /** By the clock of the record. */
  readonly on: Date
  thawed: boolean
  /** What was to be done before the end may be refused: then nobody dies. */
  isDealt: boolean
  readonly dying: PromiseWithResolvers<void>
  taken: Omit<Takeover, 'fault'> | undefined
}

interface Moment {
  readonly real: number
  readonly usual: number
}

export type Blows = ReturnType<typeof blowsFor>

/** Deals the hits of one story where they belong, and remembers what came of each. */
export function blowsFor(crew: Crew, name: string, hits: readonly Hit[]) {
  const reached: Place[] = []
  const counts = new Map<string, number>()
  const blows: Blow[] = []
  const pending = [...hits]
  const strikes: Promise<void>[] = []
  /** In which tenure work was looked at last. */
  const holders = new Map<string, string | undefined>()
  const late: { readonly name: string; readonly on: Date }[] = []
  let striking: Promise<void> = Promise.resolve()
  const ours = ({ work }: Boundary) =>
    work === undefined ||
    work === 'alerts' ||
    work === 'suggest' ||
    /^deliver:|:as-/.test(work) ||
    work.endsWith(`:au-${name}`) ||
    work.includes(`:inc-${name}-`) ||
    work.includes(`:pr-${name}-`)
  const present = (): Moment => ({ real: performance.now(), usual: crew.witness.now() })
  const since = (from: Moment) => {
    const { real, usual } = present()
    return { ms: real - from.real, usualMs: usual - from.usual }
  }
  const taken = (work: string | undefined, tenure: string | undefined) => {
    if (work === undefined) return
    holders.set(work, tenure)
    for (const blow of blows)
      if (
        blow.taken === undefined &&
        blow.boundary.work === work &&
        blow.boundary.tenure !== tenure
      )
        blow.taken = since(blow.at)
  }
  const isHeld = ({ work, tenure }: Boundary): boolean =>
    work === undefined || holders.get(work) === tenure

  const dealt = (hit: Hit, member: Member, boundary: Boundary): Blow => {
    const blow: Blow = {
      hit,
      member,
      boundary,
      at: present(),
      on: crew.clock.now(),
      thawed: false,
      isDealt: hit.fault !== 'kill',
      dying: Promise.withResolvers<void>(),
      taken: undefined,
    }
    blows.push(blow)
    return blow
  }
  /** One after the other: two of three are always there. Whoever is hit waits for it as for a slow answer. */
  const strike = async (
    hit: Hit,
    member: Member,
    boundary: Boundary,
    answer: (verdict: Verdict) => void,
  ): Promise<void> => {
    const before = striking
    const over = Promise.withResolvers<void>()
    striking = over.promise
    try {
      await before
      await crew.whole()
      // Another blow was faster: whoever carries it on is hit instead.
      if (!crew.isIn(member) || !isHeld(boundary)) {
        pending.push({ ...hit, nth: next })
        return answer('go')
      }
      const blow = dealt(hit, member, boundary)
      if (hit.fault === 'kill') {
        answer('die')
        await Promise.race([blow.dying.promise, sleep(refusedMs)])
        return
      }
      member.freeze()
      await sleep(frozenMs)
      blow.thawed = true
      member.thaw()
      answer('go')
    } finally {
      over.resolve()
    }
  }

  const ear: Ear = {
    reached(member, boundary, answer) {
      taken(boundary.work, boundary.tenure)
      if (!ours(boundary)) return answer('go')
      const nth = (counts.get(boundary.name) ?? 0) + 1
      counts.set(boundary.name, nth)
      reached.push({ boundary: boundary.name, nth })
      const index = pending.findIndex(
        (hit) => hit.boundary === boundary.name && (hit.nth === nth || hit.nth === next),
      )
      const [hit] = index < 0 ? [] : pending.splice(index, 1)
      if (!hit) return answer('go')
      const { fault } = hit
      if (fault === 'kill' || fault === 'freeze') {
        strikes.push(strike(hit, member, boundary, answer))
        return
      }
      dealt(hit, member, boundary)
      answer(fault)
    },
    dying(member) {
      const blow = blows.findLast((one) => one.member === member)
      if (!blow) return
      blow.at = present()
      blow.isDealt = true
      crew.lose(member)
      blow.dying.resolve()
    },
    touched: (_, work, tenure) => taken(work, tenure),
    done(member, boundary) {
      const before = blows.find(
        (one) =>
          one.thawed &&
          one.member === member &&
          one.boundary.tenure === boundary.tenure &&
          boundary.tenure !== undefined,
      )
      if (before && boundary.name.startsWith('timeline'))
        late.push({ name: boundary.name, on: before.on })
    },
  }
  const struck = () => blows.filter(({ isDealt }) => isDealt)

  return {
    ear,
    reached,
    /** What processes wrote down after they had been thawed, and when they were frozen. */
    late,
    /** Resolves when every process that was hit is dead, or goes on. */
    dealt: async () => void (await Promise.all(strikes)),
    hits: (): readonly Hit[] => struck().map(({ hit }) => hit),
    takeovers: (): readonly Takeover[] =>
      struck().flatMap(({ hit: { fault }, taken: after }) =>
        after && isDeadly(fault) ? [{ fault, ...after }] : [],
      ),
    /** Whose work nobody took over. */
    forsaken: (): readonly Hit[] =>
      struck().flatMap(({ hit, taken: isTaken, boundary }) =>
        isDeadly(hit.fault) && boundary.work !== undefined && !isTaken ? hit : [],
      ),
  }
}
