import type { Pager } from '#ports/pager.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Change, Timeline } from '#ports/store.ts'
import type { Tenure } from '#ports/tenure.ts'
import type { World } from '#workflows/world.ts'
import type { Outside } from '../../src/house.ts'
import { watchedExecutor } from './replica-executors.ts'

/** A place where the product goes outside of itself: what it asks there, and for which work. */
export interface Boundary {
  /** Such as `timeline.append step_started`: the same in every run. */
  readonly name: string
  /** Absent for what a request of Slack does before any work is queued. */
  readonly work: string | undefined
  readonly tenure: string | undefined
}

/** `fail`: before it is done. `lose`: it is done, its answer is lost. `die`: it is done, and then nothing more is heard. */
export type Verdict = 'go' | 'fail' | 'lose' | 'repeat' | 'die'

export interface Watcher {
  /** Asked before each boundary; waits for the answer. */
  reached(boundary: Boundary): Promise<Verdict>
  /** What `die` waits for: the end. */
  dying(boundary: Boundary): Promise<never>
  /** Work looks at something: a sign that somebody is at it. */
  touched(work: string, tenure: string): void
  done(boundary: Boundary): void
}

/** What only looks at something, or reckons: nothing outside is other because of it. */
type Looks =
  | 'catalogue'
  | 'policy'
  | 'directory'
  | 'metrics'
  | 'probe'
  | 'assessments'
  | 'tests'
  | 'clock'
type Reckons = 'ids' | 'patience' | 'scrub'
/** A part that is new stands here until it is watched, or said to change nothing: then this compiles. */
type Changing = Required<Omit<World, Looks | Reckons>>

/** Puts the watcher before everything that the product may change outside of itself, whatever that is. */
export function watched(
  outside: Outside,
  current: () => Tenure | undefined,
  watcher: Watcher,
): Outside {
  const { world, inbox, outbox, alerts, memory } = outside
  /** What is shown under which number. */
  const shown = new Map<string, string>()

  async function at<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
    const tenure = current()
    const boundary: Boundary = { name, work: tenure?.work, tenure: tenure?.id }
    switch (await watcher.reached(boundary)) {
      case 'fail':
        throw new Error(`cut off before ${name}`)
      case 'lose':
        await act()
        throw new Error(`the answer to ${name} was lost`)
      case 'repeat': {
        const first = await act()
        const again = await act()
        // Sent twice, a request is answered twice: whoever sent it first hears what came of the first.
        return name.endsWith('.admit') ? first : again
      }
      case 'die':
        await act()
        return watcher.dying(boundary)
      case 'go': {
        const result = await act()
        watcher.done(boundary)
        return result
      }
    }
  }
  /** Only where somebody works: a look once a minute at everything belongs to nobody. */
  const inWork = <Result>(name: string, act: () => Promise<Result>): Promise<Result> =>
    current() ? at(name, act) : act()
  const touch = () => {
    const tenure = current()
    if (tenure) watcher.touched(tenure.work, tenure.id)
  }

  const timeline: Timeline = {
    ...world.timeline,
    read(incident) {
      touch()
      return world.timeline.read(incident)
    },
    append: (incident, seq, change) =>
      inWork(`timeline.append ${kindsOf(change)}`, () =>
        world.timeline.append(incident, seq, change),
      ),
    async decide(incident, decide) {
      if (!current()) return world.timeline.decide(incident, decide)
      // It is pure: what it will come to is asked beforehand, to be named.
      const history = await world.timeline.read(incident)
      const { change } = decide(history, await world.timeline.now())
      return at(`timeline.decide ${kindsOf(change)}`, () => world.timeline.decide(incident, decide))
    },
  }

  const executors = new Map(
    [...world.executors].map(([kind, executor]) => [kind, watchedExecutor(executor, inWork)]),
  )
  const { revisions, evidence } = world
  const changing: Changing = {
    timeline,
    executors,
    revisions: {
      ...revisions,
      markBad: (...given) => inWork('revisions.markBad', () => revisions.markBad(...given)),
      unmarkBad: (...given) => inWork('revisions.unmarkBad', () => revisions.unmarkBad(...given)),
      markVerified: (...given) =>
        inWork('revisions.markVerified', () => revisions.markVerified(...given)),
    },
    pagers: new Map(
      [...world.pagers].map(([name, pager]): [string, Pager] => [
        name,
        {
          ...pager,
          call: (...given) => inWork('pager.call', () => pager.call(...given)),
          acknowledge: (...given) => inWork('pager.acknowledge', () => pager.acknowledge(...given)),
          resolve: (...given) => inWork('pager.resolve', () => pager.resolve(...given)),
        },
      ]),
    ),
    evidence: {
      ...evidence,
      keep: (...given) => inWork('evidence.keep', () => evidence.keep(...given)),
    },
  }
  return {
    world: { ...world, ...changing },
    inbox: {
      ...inbox,
      admit: (delivery) => at('inbox.admit', () => inbox.admit(delivery)),
      acknowledged: (...given) => at('inbox.acknowledged', () => inbox.acknowledged(...given)),
      load(id) {
        touch()
        return inbox.load(id)
      },
      done: (id) => inWork('inbox.done', () => inbox.done(id)),
    },
    outbox: {
      ...outbox,
      async waiting(incident) {
        touch()
        const all = await outbox.waiting(incident)
        for (const { id, key } of all) shown.set(id, shortKey(key))
        return all
      },
      posting: (key, ...where) =>
        inWork(`outbox.posting ${shortKey(key)}`, () => outbox.posting(key, ...where)),
      looked: (...given) => inWork('outbox.looked', () => outbox.looked(...given)),
      delivered: (id, where) =>
        inWork(`outbox.delivered ${shown.get(id)}`, () => outbox.delivered(id, where)),
    },
    alerts: {
      ...alerts,
      admit: (deliveries) => at('alerts.admit', () => alerts.admit(deliveries)),
      waiting(...given) {
        touch()
        return alerts.waiting(...given)
      },
      done: (ids) => inWork('alerts.done', () => alerts.done(ids)),
      giveUp: (...given) => inWork('alerts.giveUp', () => alerts.giveUp(...given)),
    },
    memory: {
      ...memory,
      remember: (...given) => inWork('alerts.remember', () => memory.remember(...given)),
    },
  }
}

const kindsOf = (change: Pick<Change, 'events'> | undefined) =>
  change === undefined ? 'nothing' : [...new Set(change.events.map(nameOf))].join(' + ') || 'rest'

/** Each step of a rollback is a place of its own; the first goes without a number. */
const nameOf = (event: TimelineEvent): string =>
  'step' in event && event.step > 0 ? `${event.kind} ${event.step + 1}` : event.kind

/** `line:inc-…:7` is a line, `mention:inc-…:7:2:asked` a mention about being asked. */
const shortKey = (key: string): string => {
  const [kind = '', ...rest] = key.split(':')
  return kind === 'mention' || kind === 'announcement' ? `${kind} ${rest.at(-1)}` : kind
}
