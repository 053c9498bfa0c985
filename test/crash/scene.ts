import { setTimeout as sleep } from 'node:timers/promises'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Ack } from '#sandbox/slack/delivery.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { keyOf } from '../support/history-checker/collect.ts'
import type { Crew } from './crew.ts'
import { otherId, personId } from './organisation.ts'
import { recordOf } from './record.ts'
import { healthy } from '#sandbox/cluster/behaviour.ts'
import type { Workload } from './workload.ts'

type Kind = TimelineEvent['kind']
export type Scene = ReturnType<typeof sceneOf>

/** Nothing here takes longer on an idle machine, whoever is killed or frozen on the way. */
const patienceMs = 40_000
/** How often somebody presses again what was told to have failed: what hangs on seconds fails more often on a busy machine. */
const mostTries = 8

/** What a person does about one service, with the patience of somebody who presses again what Slack said had failed. */
export function sceneOf(crew: Crew, { name, kind }: Workload) {
  const { slack, cluster } = crew
  const record = recordOf(crew.database, name)
  const { now } = crew.witness
  const user = personId(name)
  const people = { first: user, second: otherId(name) } as const
  /** What keeps it from being over. */
  let busy: readonly string[] = []
  const room = () => slack.channels().find((one) => one.name.startsWith(`inc-${name}-`))
  const pinned = (): Posted | undefined => {
    const found = room()
    return (
      found && slack.messages(found.id).findLast(({ message }) => found.pins.includes(message.ts))
    )
  }
  const holds = (card: Posted | undefined, label: string): boolean =>
    card !== undefined && slack.words(card.message).includes(`[${label}]`)

  async function until<Found>(
    what: string,
    look: () => Promise<Found | undefined | false> | Found | undefined | false,
    withinMs = patienceMs,
  ): Promise<Found> {
    for (const end = now() + withinMs; now() < end; await sleep(25)) {
      const found = await look()
      if (found !== undefined && found !== false) return found
    }
    throw new Error(
      `${what} did not come (${busy.join(', ')}); last said: ${said().at(-1)}; it ends with ${await record.ending()}`,
    )
  }

  /** Until Slack says that it arrived. */
  async function persist(act: () => Promise<Ack | { readonly kind: 'confirming' } | undefined>) {
    for (let tries = 1; ; tries += 1) {
      const ack = await crew.through(act)
      if (ack?.kind === 'acknowledged') return
      if (tries === 10) throw new Error(`Slack could not hand it over: ${JSON.stringify(ack)}`)
      await sleep(200)
    }
  }

  const podsOf = (app: string) =>
    cluster.pods('production').filter(({ metadata }) => metadata.labels?.['app'] === app)
  const said = (by = user) =>
    slack
      .ephemerals(by)
      .filter(({ message }) => message.user !== 'USLACKBOT')
      .map(({ message }) => slack.words(message))
  const answers = (by = user) => said(by).length

  return {
    name,
    room,
    incident: record.incident,
    kinds: record.kinds,
    writtenBefore: record.writtenBefore,
    until,
    ships: (bad = '1.1') => crew.ships({ name, kind }, bad),
    /** What had run before was taken out of the registry. */
    forgets: () => cluster.behave(`shop/${name}:1.0`, { start: { kind: 'image-missing' } }),
    /** What had run before does not get ready, until it is let go. */
    holdsBack: () => cluster.behave(`shop/${name}:1.0`, { start: { kind: 'never-ready' } }),
    letsGo: () => cluster.behave(`shop/${name}:1.0`, healthy),
    /** A pod of the version that was shipped last waits for its image. */
    isStuck: () =>
      until('a pod that waits', () => podsOf(name).some(({ status }) => isWaiting(status))),
    pauses: () => crew.patches({ name, kind }, { spec: { paused: true } }),
    /** Somebody else ships something meanwhile. */
    deploys: (tag: string) =>
      cluster.setImage(kind, 'production', name, `shop/${name}:${tag}`, { by: 'pipeline' }),
    /** Time passes, and goes on passing, until it has happened. */
    async passes(minutes: number, wanted: Kind): Promise<void> {
      const hasCome = async () => (await record.kinds()).includes(wanted)
      await crew.clock.move(minutes)
      let moved = now()
      await until(
        wanted,
        async () => {
          if (await hasCome()) return true
          if (now() - moved < 4_000) return false
          moved = now()
          await crew.clock.move(minutes)
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
    async asks(more = ''): Promise<void> {
      for (let tries = 1; ; tries += 1) {
        const before = answers()
        await persist(() =>
          slack
            .as(user)
            .command(`/rollback ${name} --reason "errors" ${more}`, { channel: 'shop' }),
        )
        await until('an answer', () => answers() > before || holds(pinned(), 'Approve'))
        // Whoever reads that something did not answer tries again, unless it is tried again without them.
        const goesOn = /It is tried again/.test(said().at(-1) ?? '')
        if (goesOn || (await record.incident()) !== undefined || tries === mostTries) break
      }
      await until('a card to approve', () => holds(pinned(), 'Approve'))
      // Asked twice: the second, heard after the first was decided, would be another request.
      await until('an ear for everything', record.heardAll)
    },
    async assesses(): Promise<void> {
      const told = () => keysOf(slack).filter((key) => key.startsWith(`answer:${user}:`)).length
      await persist(() => slack.as(user).command(`/assess ${name}`, { channel: 'shop' }))
      await until('an assessment', () => told() > 0)
    },
    async presses(label: string, who: keyof typeof people = 'first'): Promise<void> {
      const by = people[who]
      for (let tries = 1; tries <= mostTries; tries += 1) {
        const card = await until(`[${label}]`, () => {
          const found = pinned()
          return holds(found, label) && found
        })
        const before = answers(by)
        await persist(() => slack.as(by).click(card, label, { confirm: true }))
        await until('an answer', () => answers(by) > before || slack.modal(by) !== undefined)
        // Told that nothing was done, a person presses again.
        if (!/^(Not recorded|I cannot see|Something this needs)/.test(said(by).at(-1) ?? '')) return
      }
    },
    /** Presses what opens a form, again when it does not open, and fills it in. */
    async answers(label: string, reason: string): Promise<void> {
      for (let tries = 1; ; tries += 1) {
        await this.presses(label)
        const end = now() + 8_000
        while (slack.modal(user) === undefined && now() < end) await sleep(20)
        const view = slack.modal(user)
        if (!view) {
          if (tries === mostTries)
            throw new Error(`no form came of [${label}], but ${said().at(-1)}`)
          continue
        }
        const sent = await crew.through(() => slack.as(user).submit(view, { reason }))
        if (sent.kind === 'acknowledged') return
        if (tries === mostTries) throw new Error('the form was not taken')
      }
    },
    /** Resolves when nothing is queued, running or to be said about it. */
    settled: () =>
      until(
        'quiet',
        async () => {
          busy = await record.unfinished()
          return busy.length === 0
          // Between two tries at something that Slack did not answer lies up to a minute.
        },
        90_000,
      ),
  }
}

const keysOf = (slack: Crew['slack']): readonly string[] =>
  slack
    .channels()
    .flatMap(({ id }) => slack.messages(id).flatMap(({ message }) => keyOf(message.metadata) ?? []))

type PodStatus = ReturnType<Crew['cluster']['pods']>[number]['status']
const isWaiting = ({ containerStatuses = [] }: PodStatus): boolean =>
  containerStatuses.some(({ state }) =>
    /^(ImagePullBackOff|ErrImagePull)$/.test(state.waiting?.reason ?? ''),
  )
