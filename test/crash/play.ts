import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { breaches } from '../support/history-checker.ts'
import { collected } from '../support/history-checker/collect.ts'
import type { Boundary } from '../support/replica-boundaries.ts'
import { type Crew, personId } from './crew.ts'
import type { Member } from './member.ts'
import { sceneOf } from './scene.ts'
import type { Story } from './stories.ts'

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
  readonly takeovers: readonly { readonly fault: Fault; readonly ms: number }[]
}

/** How long a frozen process stays frozen: longer than its lease. */
export const frozenMs = 4_000

interface Blow {
  readonly hit: Hit
  readonly member: Member
  readonly boundary: Boundary
  at: number
  /** By the clock of the record. */
  readonly on: Date
  thawed: boolean
  /** What was to be done before the end may be refused: then nobody dies. */
  isDealt: boolean
  takenAfterMs: number | undefined
}

/** Plays one story with the blows that are asked for, and says what it came to. */
export async function play(
  crew: Crew,
  story: Story,
  name: string,
  hits: readonly Hit[],
): Promise<Outcome> {
  const scene = sceneOf(crew, { name, kind: story.kind })
  const reached: Place[] = []
  const counts = new Map<string, number>()
  const blows: Blow[] = []
  const wrong: string[] = []
  const pending = [...hits]
  const thawing: Promise<void>[] = []
  const thawed: { readonly name: string; readonly on: Date }[] = []
  const ours = ({ work }: Boundary) =>
    work === undefined || work.startsWith('deliver:') || work.includes(`:inc-${name}-`)
  const taken = (work: string | undefined, tenure: string | undefined) => {
    for (const blow of blows)
      if (
        blow.takenAfterMs === undefined &&
        work !== undefined &&
        blow.boundary.work === work &&
        blow.boundary.tenure !== tenure
      )
        blow.takenAfterMs = performance.now() - blow.at
  }

  crew.listen({
    reached(member, boundary, answer) {
      taken(boundary.work, boundary.tenure)
      if (!ours(boundary)) return answer('go')
      const nth = (counts.get(boundary.name) ?? 0) + 1
      counts.set(boundary.name, nth)
      reached.push({ boundary: boundary.name, nth })
      const index = pending.findIndex((hit) => hit.boundary === boundary.name && hit.nth === nth)
      const [hit] = index < 0 ? [] : pending.splice(index, 1)
      if (!hit) return answer('go')
      const on = crew.clock.now()
      const blow = {
        hit,
        member,
        boundary,
        at: performance.now(),
        on,
        thawed: false,
        isDealt: hit.fault !== 'kill',
      }
      blows.push({ ...blow, takenAfterMs: undefined })
      const mine = blows.at(-1)
      if (hit.fault === 'kill') return answer('die')
      if (hit.fault !== 'freeze') return answer(hit.fault)
      member.freeze()
      thawing.push(
        sleep(frozenMs).then(() => {
          if (mine) mine.thawed = true
          member.thaw()
          answer('go')
        }),
      )
    },
    dying(member, boundary) {
      const blow = blows.findLast((one) => one.member === member)
      if (blow) blow.at = performance.now()
      if (blow) blow.isDealt = true
      if (!ours(boundary)) return
      crew.lose(member)
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
    await Promise.all(thawing)
    await scene.settled()
  } catch (error) {
    wrong.push(String(error))
  } finally {
    await Promise.all(thawing)
    crew.listen(undefined)
  }
  await crew.whole()
  const wrongInTheEnd = await endOf(crew, story, name)
  await crew.clears({ name, kind: story.kind })
  const kinds = (await scene.kinds()).filter((kind) => !beside.has(kind))
  wrong.push(...wrongInTheEnd)
  for (const { name: what, on } of thawed) {
    const kind = what.split(' ').at(-1) ?? ''
    const before = await scene.writtenBefore(kind, on)
    if (!before && kind !== 'rest' && kind !== 'nothing') wrong.push(`a thawed process did ${what}`)
  }
  const dealt = blows.filter(({ isDealt }) => isDealt)
  for (const { hit, takenAfterMs, boundary } of dealt)
    if (isDeadly(hit.fault) && boundary.work !== undefined && takenAfterMs === undefined)
      wrong.push(`nobody took over after ${hit.fault} at ${hit.boundary}`)
  return {
    reached,
    hit: dealt.map(({ hit }) => hit),
    kinds,
    wrong,
    takeovers: dealt.flatMap(({ hit: { fault }, takenAfterMs }) =>
      takenAfterMs === undefined || !isDeadly(fault) ? [] : [{ fault, ms: takenAfterMs }],
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
      asked: all.slack.asked.filter(({ by }) => by === personId(name)),
      answered: all.slack.answered.filter(({ to }) => to === personId(name)),
      messages: all.slack.messages.filter(({ key }) => ids.some((id) => key?.includes(id))),
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
