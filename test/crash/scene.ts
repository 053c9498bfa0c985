import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { aGroup, anAlert } from '../webhooks/senders.ts'
import type { Crew } from './crew.ts'
import { handsOf, isUndone, mostTries, type Until } from './hands.ts'
import { otherId, personId } from './organisation.ts'
import { recordOf } from './record.ts'
import { isReady, isWaiting, keysOf, type Pod, twice } from './seen.ts'
import { healthy } from '#sandbox/cluster/behaviour.ts'
import { anotherOf, type Workload } from './workload.ts'

type Kind = TimelineEvent['kind']
export type Scene = ReturnType<typeof sceneOf>

/** Nothing here takes longer on an idle machine, whoever is killed or frozen on the way. */
const patienceMs = 40_000

/** What a person does about one service, with the patience of somebody who presses again what Slack said had failed. */
export function sceneOf(crew: Crew, workload: Workload) {
  const { name, kind } = workload
  const { slack, cluster } = crew
  const record = recordOf(crew.database, name)
  const { now } = crew.witness
  const user = personId(name)
  const people = { first: user, second: otherId(name) } as const
  /** What stood twice before, for others to see to. */
  const before = new Set(twice(slack))
  /** What keeps it from being over. */
  let busy: readonly string[] = []
  /** Of the alert. */
  let startsAt: string | undefined
  const until: Until = async (what, look, withinMs = patienceMs) => {
    let trouble = ''
    for (const end = now() + withinMs; now() < end; await sleep(25))
      try {
        const found = await look()
        if (found !== undefined && found !== false) return found
      } catch (error) {
        // Whoever looks is on the same busy machine, and looks again.
        trouble = ` ${String(error)};`
      }
    throw new Error(
      `${what} did not come;${trouble} (${busy.join(', ')}); last said: ${said().at(-1)}; it ends with ${await record.ending()}`,
    )
  }
  const { onCard, onAssessment, onCanary, answers, said, persist, presses, fills, room } = handsOf(
    crew,
    name,
    until,
  )

  /** Whoever reads that something did not answer tries again, unless it is tried again without them. */
  const goesOn = () => /It is tried again/.test(said().at(-1) ?? '')
  /** Tried again where the database was too busy to be reached. */
  const moves = (minutes: number) =>
    until('another time', async () => {
      await crew.clock.move(minutes)
      return true
    })
  const podsOf = (app: string) =>
    cluster.pods('production').filter(({ metadata }) => metadata.labels?.['app'] === app)
  return {
    name,
    room,
    incident: record.incident,
    kinds: record.kinds,
    writtenBefore: record.writtenBefore,
    until,
    ships: (bad = '1.1') => {
      for (const one of [workload, ...anotherOf(workload)]) crew.ships(one, bad)
    },
    /** Its next version has come out, with a flag that is on for everybody. */
    opensFlag(): void {
      crew.elsewhere.opensFlag(name)
    },
    /** Blue has served for long, and was seen to; the next version comes out in green, and takes its turn. */
    async turnsGreen(): Promise<void> {
      crew.ships(workload)
      const isIn = (colour: string) => (pod: Pod) =>
        isReady(pod) && pod.metadata.labels?.['colour'] === colour
      await until('blue', () => podsOf(name).filter(isIn('blue')).length === 2)
      for (let looks = 0; looks < 3; looks += 1) {
        await moves(15)
        await record.lookAround()
      }
      const shipped = { by: 'pipeline', replicas: 2 }
      cluster.setImage('Deployment', 'production', `${name}-green`, `shop/${name}:1.1`, shipped)
      await until('green', () => podsOf(name).filter(isIn('green')).length === 2)
      crew.turnsGreen(workload)
    },
    /** Two more pods of it are wanted, and do not get ready. */
    async grows(): Promise<void> {
      cluster.behave(`shop/${name}:1.0`, { start: { kind: 'never-ready' } })
      await crew.patches(workload, { spec: { replicas: 4 } })
      await until('more pods', () => podsOf(name).length >= 4)
    },
    /** Its next version has come out as a canary. */
    async tries(): Promise<void> {
      crew.ships(workload)
      crew.tries(workload)
      const isCanary = ({ metadata }: Pod) => metadata.labels?.['track'] === 'canary'
      await until('a canary', () => podsOf(name).some((pod) => isCanary(pod) && isReady(pod)))
    },
    /** Flagger asks whether it may begin with its next version. */
    async waitsAtFlagger(): Promise<void> {
      crew.ships(workload)
      const phase = () => cluster.get('Canary', 'production', name)?.status?.phase
      await until('Flagger at its first gate', () => phase() === 'Waiting')
    },
    /** It has been well until now: the figures show it, and what began when. */
    async worsens(): Promise<void> {
      crew.ships(workload)
      await until('pods', () => podsOf(name).some(isReady))
      cluster.setImage(kind, 'production', name, `shop/${name}:1.1`, { by: 'pipeline' })
      const isOut = (pod: Pod) => isReady(pod) && pod.spec.containers[0]?.image.endsWith(':1.1')
      await until('the new version', () => podsOf(name).every(isOut))
    },
    /** What had run before was taken out of the registry. */
    forgets: () => cluster.behave(`shop/${name}:1.0`, { start: { kind: 'image-missing' } }),
    /** What had run before does not get ready, until it is let go. */
    holdsBack: () => cluster.behave(`shop/${name}:1.0`, { start: { kind: 'never-ready' } }),
    letsGo: () => cluster.behave(`shop/${name}:1.0`, healthy),
    /** A pod of the version that was shipped last waits for its image. */
    isStuck: () => until('a pod that waits', () => podsOf(name).some(isWaiting)),
    pauses: () => crew.patches(workload, { spec: { paused: true } }),
    /** Whoever calls people at night has a fault of its own. */
    silences: () => crew.pager.answers({ status: 503 }),
    hearsAgain: () => crew.pager.answers(undefined),
    /** Somebody else ships something meanwhile. */
    deploys: (tag: string) =>
      cluster.setImage(kind, 'production', name, `shop/${name}:${tag}`, { by: 'pipeline' }),
    /** Time passes, and goes on passing, until it has happened. */
    async passes(minutes: number, wanted: Kind, times = 1): Promise<void> {
      const hasCome = async () =>
        (await record.kinds()).filter((one) => one === wanted).length >= times
      await moves(minutes)
      let moved = now()
      await until(
        wanted,
        async () => {
          if (await hasCome()) return true
          if (now() - moved < 4_000) return false
          moved = now()
          await moves(minutes)
          return false
          // A look that finds something said meanwhile looks again in its own time.
        },
        60_000,
      )
    },
    happens: (wanted: Kind, times = 1) =>
      until(
        wanted,
        async () => (await record.kinds()).filter((one) => one === wanted).length >= times,
      ),
    async asks(more = '', label = '[Approve]'): Promise<void> {
      const names = [workload, ...anotherOf(workload)].map((one) => one.name).join(' ')
      for (let tries = 1; ; tries += 1) {
        const before = answers()
        await persist(() =>
          slack
            .as(user)
            .command(`/rollback ${names} --reason "errors" ${more}`, { channel: 'shop' }),
        )
        await until('an answer', () => answers() > before || onCard(label))
        if (goesOn() || (await record.incident()) !== undefined || tries === mostTries) break
      }
      await until('a card to approve', () => onCard(label))
      // Asked twice: the second, heard after the first was decided, would be another request.
      await until('an ear for everything', record.heardAll)
    },
    /** Says something about the incident, again when it is told that nothing was recorded. */
    async types(command: string, words: string, wanted: Kind): Promise<void> {
      for (let tries = 1; tries <= mostTries; tries += 1) {
        const before = answers()
        const line = `/rollback ${command} ${name} ${words}`
        await persist(() => slack.as(user).command(line, { channel: 'shop' }))
        await until('an answer', () => answers() > before)
        if (goesOn() || !isUndone(said().at(-1))) break
      }
      await until(wanted, async () => (await record.kinds()).includes(wanted))
      await until('an ear for everything', record.heardAll)
    },
    /** A new version waits at its first step. */
    async waits(): Promise<void> {
      crew.ships(workload)
      if (workload.on) return crew.tries(workload)
      await until('pods', () => podsOf(name).some(isReady))
      cluster.setImage(kind, 'production', name, `shop/${name}:1.1`, { by: 'pipeline' })
      await until('a canary that waits', () => {
        const status: unknown = cluster.get(kind, 'production', name)?.status
        return JSON.stringify(status ?? {}).includes('CanaryPauseStep') && 'waits'
      })
    },
    /** Has the canary taken through its gates. */
    async promotes(): Promise<void> {
      const hasPromotion = async () => (await record.kinds()).includes('promotion_requested')
      for (let tries = 1; tries <= mostTries; tries += 1) {
        const before = answers()
        await persist(() => slack.as(user).command(`/promote ${name}`, { channel: 'shop' }))
        await until('an answer', () => answers() > before)
        if (goesOn() || (await hasPromotion()) || tries === mostTries) break
      }
      await until('a card of the canary', () => onCanary('[Hold]'))
      await until('an ear for everything', record.heardAll)
    },
    pressesCanary: (label: string, who: keyof typeof people = 'first') =>
      presses(label, onCanary, people[who]),
    answersCanary: (label: string, entered: Readonly<Record<string, string>>) =>
      fills(label, onCanary, entered),
    async assesses(): Promise<void> {
      const told = () => keysOf(slack).filter((key) => key.startsWith(`answer:${user}:`)).length
      for (let tries = 1; tries <= mostTries && told() === 0; tries += 1) {
        const before = answers()
        await persist(() => slack.as(user).command(`/assess ${name}`, { channel: 'shop' }))
        await until('an assessment', () => told() > 0 || answers() > before)
        if (goesOn()) break
      }
      await until('an assessment', () => told() > 0)
      // Left for later than five minutes it is not done any more, and here minutes pass at once.
      await until('an ear for everything', record.heardAll)
    },
    /** Something that watches the service says that it is ill, or well again; it may ask for a rollback. */
    async alarms(status: 'firing' | 'resolved', asks = false): Promise<void> {
      startsAt ??= new Date(crew.clock.now().getTime() - 60_000).toISOString()
      const annotations = asks ? { rollback: 'true', reason: 'errors' } : {}
      await crew.hears(aGroup(anAlert({ service: name, status, startsAt, annotations })))
    },
    presses: (label: string, who: keyof typeof people = 'first') =>
      presses(label, onCard, people[who]),
    answers: (label: string, reason: string) => fills(label, onCard, { reason }),
    pressesAssessment: (label: string) => presses(label, onAssessment),
    answersAssessment: (label: string, entered: Readonly<Record<string, string>>) =>
      fills(label, onAssessment, entered),
    /** Resolves when nothing is queued, running or to be said about it, and what a slow Slack showed late is taken away. */
    async settled(): Promise<void> {
      await until(
        'quiet',
        async () => {
          busy = await record.unfinished()
          return busy.length === 0
          // Between two tries at something that Slack did not answer lies up to a minute.
        },
        90_000,
      )
      await until('each message once', () => twice(slack).every((key) => before.has(key)), 90_000)
    },
  }
}
