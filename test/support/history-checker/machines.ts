import { isAutomation } from '#domain/ids.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import type { Breach } from '../history-checker.ts'
import { breach, type Story } from './story.ts'

type Of<Kind extends TimelineEvent['kind']> = Recorded<Extract<TimelineEvent, { kind: Kind }>>

/** I1 and I3 where machines speak and act: written down before it is done, done once, and heard once. */
export function machines(stories: readonly Story[]): readonly Breach[] {
  return [
    ...stories.flatMap((story) => (isAutomation(story.incident) ? firings(story, stories) : [])),
    ...requests(stories),
    ...stories.flatMap(alertsOnce),
  ]
}

/** A version fires once to each effect; what is to be done about it is done once, and stands where it says. */
function firings(story: Story, stories: readonly Story[]): readonly Breach[] {
  const fired = ofKind(story, 'automation_fired')
  const done = ofKind(story, 'automation_carried_out')
  const again = Object.values(
    Object.groupBy(fired, ({ event: { revision, effect } }) => `${effect} ${revision}`),
  ).flatMap((same = []) => same.slice(1))
  return [
    ...again.map(({ seq }) => breach('I1', story, seq, 'fired twice for one version')),
    ...fired
      .filter(({ event: { effect } }) => effect === 'countdown' || effect === 'ask')
      .flatMap(({ seq }) => {
        const times = done.filter(({ event }) => event.seq === seq).length
        return times === 1 ? [] : [breach('I1', story, seq, `was carried out ${times} times`)]
      }),
    ...done.flatMap(({ seq, event: { made } }) => {
      const isThere = stories.some(
        (one) =>
          one.incident === made?.incident &&
          ofKind(one, 'rollback_requested').some(({ event }) => event.rollback === made.rollback),
      )
      return made === null || isThere
        ? []
        : [breach('I3', story, seq, `${made.rollback} is not on the record`)]
    }),
  ]
}

/** What automation asked for had fired before. */
const requests = (stories: readonly Story[]): readonly Breach[] =>
  stories.flatMap((story) =>
    ofKind(story, 'rollback_requested').flatMap(({ seq, at, event }) => {
      const { fired, delivery } = event
      if (fired === undefined) return []
      const hasFired = stories.some((one) =>
        ofKind(one, 'automation_fired').some(
          (cause) =>
            isAutomation(one.incident) &&
            cause.at <= at &&
            delivery === `automation:${cause.event.service}:${cause.seq}`,
        ),
      )
      return hasFired ? [] : [breach('I3', story, seq, 'asked for by what had not fired')]
    }),
  )

/** The same beginning of the same condition stands once on an incident, and ends once. */
function alertsOnce(story: Story): readonly Breach[] {
  const last = new Map<string, TimelineEvent['kind']>()
  return story.history.flatMap(({ seq, event }) => {
    if (event.kind !== 'alert_fired' && event.kind !== 'alert_resolved') return []
    const isAgain = last.get(event.alert) === event.kind
    last.set(event.alert, event.kind)
    return isAgain ? [breach('I1', story, seq, `${event.kind} stands twice`)] : []
  })
}

const ofKind = <Kind extends TimelineEvent['kind']>({ history }: Story, kind: Kind) =>
  history.filter((recorded): recorded is Of<Kind> => recorded.event.kind === kind)
