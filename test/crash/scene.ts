import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { aGroup, anAlert } from '../webhooks/senders.ts'
import type { Crew } from './crew.ts'
import { handsOf, isUndone, mostTries, type Until } from './hands.ts'
import { otherId, personId } from './organisation.ts'
import { recordOf } from './record.ts'
import { happeningsTo } from './happenings.ts'
import { keysOf, twice } from './seen.ts'
import { anotherOf, type Workload } from './workload.ts'

type Kind = TimelineEvent['kind']
export type Scene = ReturnType<typeof sceneOf>

/** Nothing here takes longer on an idle machine, whoever is killed or frozen on the way. */
const patienceMs = 40_000

/** What a person does about one service, with the patience of somebody who presses again what Slack said had failed. */
export function sceneOf(crew: Crew, workload: Workload) {
  const { name } = workload
  const { slack } = crew
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
  return {
    name,
    room,
    incident: record.incident,
    kinds: record.kinds,
    writtenBefore: record.writtenBefore,
    until,
    ...happeningsTo(crew, workload, { until, moves, lookAround: record.lookAround }),
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
        // Tried again without them it may come to nothing all the same, and they are told.
        if (goesOn()) await until('an end of trying', () => !goesOn() || onCard(label))
        if ((await record.incident()) !== undefined || tries === mostTries) break
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
    /** Has the canary taken through its gates. */
    async promotes(): Promise<void> {
      const hasPromotion = async () => (await record.kinds()).includes('promotion_requested')
      for (let tries = 1; tries <= mostTries; tries += 1) {
        const before = answers()
        await persist(() => slack.as(user).command(`/promote ${name}`, { channel: 'shop' }))
        await until('an answer', () => answers() > before)
        if (goesOn()) await until('an end of trying', () => !goesOn() || onCanary('[Hold]'))
        if ((await hasPromotion()) || tries === mostTries) break
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
    answers: (label: string, reason: string, who: keyof typeof people = 'first') =>
      fills(label, onCard, { reason }, people[who]),
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
