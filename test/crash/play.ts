import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { breaches } from '../support/history-checker.ts'
import { collected } from '../support/history-checker/collect.ts'
import type { Boundary, Verdict } from '../support/replica-boundaries.ts'
import { type Crew, otherId, personId } from './crew.ts'
import type { Member } from './member.ts'
import { sceneOf } from './scene.ts'
import { type Story, workloadOf } from './stories.ts'

export const faults = ['fail', 'lose', 'repeat', 'kill', 'freeze'] as const
export type Fault = (typeof faults)[number]

/** The `nth` time that a boundary is reached in a story. */
export interface Place {
  readonly boundary: string
  readonly nth: number
}
export interface Hit extends Place {
  readonly fault: Fault
}

export interface Outcome {
  /** Every boundary that was reached, in order. */
  readonly reached: readonly Place[]
  readonly hit: readonly Hit[]
  /** What happened on the record, without looks and what is said beside. */
  readonly kinds: readonly string[]
  readonly wrong: readonly string[]
  /** From the blow until somebody else was at the same work. */
  readonly takeovers: readonly Takeover[]
}

export interface Takeover {
  readonly fault: Fault
  readonly ms: number
  /** At the machine's usual speed. */
  readonly usualMs: number
}

/** How long a frozen process stays frozen: longer than its lease. */
export const frozenMs = 4_000

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

/** Plays one story with the blows that are asked for, and says what it came to. */
export async function play(
  crew: Crew,
  story: Story,
  name: string,
  hits: readonly Hit[],
): Promise<Outcome> {
  const scene = sceneOf(crew, { ...workloadOf(story), name })
  const reached: Place[] = []
  const counts = new Map<string, number>()
  const blows: Blow[] = []
  const wrong: string[] = []
  const pending = [...hits]
  const strikes: Promise<void>[] = []
  const thawed: { readonly name: string; readonly on: Date }[] = []
  const ours = ({ work }: Boundary) =>
    work === undefined || work.startsWith('deliver:') || work.includes(`:inc-${name}-`)
  const taken = (work: string | undefined, tenure: string | undefined) => {
    for (const blow of blows)
      if (
        blow.taken === undefined &&
        work !== undefined &&
        blow.boundary.work === work &&
        blow.boundary.tenure !== tenure
      )
        blow.taken = since(blow.at)
  }
  const present = (): Moment => ({ real: performance.now(), usual: crew.witness.now() })
  const since = (from: Moment) => {
    const { real, usual } = present()
    return { ms: real - from.real, usualMs: usual - from.usual }
  }

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
      if (!crew.isIn(member)) return void pending.push({ ...hit, nth: next })
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
  let striking: Promise<void> = Promise.resolve()

  crew.listen({
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
      const late = blows.find(
        (one) =>
          one.thawed &&
          one.member === member &&
          one.boundary.tenure === boundary.tenure &&
          boundary.tenure !== undefined,
      )
      // Its answer may only have been read now: what was written before it froze is not late.
      if (late && boundary.name.startsWith('timeline'))
        thawed.push({ name: boundary.name, on: late.on })
    },
  })
  try {
    await story.play(scene)
    await Promise.all(strikes)
    await scene.settled()
  } catch (error) {
    wrong.push(String(error))
  } finally {
    await Promise.all(strikes)
    crew.listen(undefined)
  }
  await crew.whole()
  const wrongInTheEnd = await endOf(crew, story, name)
  await crew.clears({ name, kind: story.kind })
  const kinds = (await scene.kinds()).filter((kind) => !beside.has(kind))
  wrong.push(...wrongInTheEnd)
  for (const { name: what, on } of thawed) {
    const kind = what.replace(/ \d+$/, '').split(' ').at(-1) ?? ''
    const before = await scene.writtenBefore(kind, on)
    if (!before && kind !== 'rest' && kind !== 'nothing') wrong.push(`a thawed process did ${what}`)
  }
  const struck = blows.filter(({ isDealt }) => isDealt)
  for (const { hit, taken: isTaken, boundary } of struck)
    if (isDeadly(hit.fault) && boundary.work !== undefined && !isTaken)
      wrong.push(`nobody took over after ${hit.fault} at ${hit.boundary}`)
  return {
    reached,
    hit: struck.map(({ hit }) => hit),
    kinds,
    wrong,
    takeovers: struck.flatMap(({ hit: { fault }, taken: after }) =>
      after && isDeadly(fault) ? [{ fault, ...after }] : [],
    ),
  }
}

export const isDeadly = (fault: Fault): boolean => fault === 'kill' || fault === 'freeze'

/** May be looked at, measured or said more often, or in another order, when something goes wrong on the way. */
const beside: ReadonlySet<TimelineEvent['kind']> = new Set<TimelineEvent['kind']>([
  'progressed',
  'checked',
  'channel_opened',
  'impact_measured',
  'evidence_captured',
  'announced',
  // Whoever hears nothing asks again.
  'assessed',
  'roles_told',
  'checklist_ticked',
  'freeze_begun',
  'freeze_raised',
  'freeze_lifted',
  'freeze_failed',
  'hold_begun',
  'hold_enforced',
  'hold_released',
  'hold_failed',
  'escalated',
  'reminded',
  'severity_changed',
])

/** What is not as it must be: promises, the cluster, the room in Slack. */
async function endOf(crew: Crew, { kind, runs }: Story, name: string): Promise<readonly string[]> {
  const { cluster, slack, keys, database } = crew
  const of = `inc-${name}-`
  const people = [personId(name), otherId(name)]
  const all = await collected({ owner: database.owner, keys, clusters: [cluster], slack, of })
  const { timelines } = all
  const ids = timelines.flatMap(({ incident, events }) => [
    incident,
    ...events.flatMap(({ kind, payload }) =>
      kind === 'rollback_requested' ? String(Object(payload)['rollback']) : [],
    ),
  ])
  const run = {
    ...all,
    cluster: all.cluster.filter(({ path }) =>
      path.split('/').some((part) => part === name || part.startsWith(`${name}-`)),
    ),
    slack: {
      asked: all.slack.asked.filter(({ by }) => people.includes(by)),
      answered: all.slack.answered.filter(({ to }) => people.includes(to)),
      messages: all.slack.messages.filter(({ key }) =>
        [...ids, ...people].some((id) => key?.includes(id)),
      ),
    },
  }
  const image = cluster.get(kind, 'production', name)?.spec.template.spec.containers[0]?.image
  const rooms = slack.channels().filter((room) => room.name.startsWith(`inc-${name}-`)).length
  const frozen = JSON.stringify(
    cluster.get('ConfigMap', 'production', 'countermand-freeze') ?? {},
  ).includes(`.${name}"`)
  return [
    ...breaches(run).map(({ broken, where, why }) => `${broken} ${where}: ${why}`),
    ...(timelines.length === 1 ? [] : [`${timelines.length} incidents`]),
    ...(rooms === 1 ? [] : [`${rooms} channels`]),
    ...(image === `shop/${name}:${runs}` ? [] : [`the cluster runs ${image}`]),
    ...(frozen ? ['deploys are still frozen'] : []),
  ]
}
