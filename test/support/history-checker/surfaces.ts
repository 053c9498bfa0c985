import { defaultMatrix } from '#domain/authority/matrix.ts'
import type { Notice } from '#domain/communication/notice.ts'
import { noticesFor } from '#domain/communication/notices.ts'
import { isAssessment, isAutomation } from '#domain/ids.ts'
import { changeOfAssessment } from '#workflows/assessment/record.ts'
import { changeOfAutomation } from '#workflows/automation/record.ts'
import type { Breach, SlackLog } from '../history-checker.ts'
import type { Story } from './story.ts'

/** I6: whoever was acknowledged was answered. And what the record has people told stands once. */
export function surfaces(stories: readonly Story[], slack: SlackLog): readonly Breach[] {
  return [...answers(slack), ...twice(slack), ...stories.flatMap((story) => lost(story, slack))]
}

/** An answer to one request is none to another, however often it is given; one that does not say what it answers counts for any. */
function answers({ asked, answered }: SlackLog): readonly Breach[] {
  const known = new Set(answered.flatMap(({ of }) => of ?? []))
  const spare = Map.groupBy(
    answered.filter(({ of }) => of === undefined),
    ({ to }) => to,
  )
  const waiting = asked.filter(
    ({ acknowledged, id }, at) =>
      acknowledged &&
      (id === undefined ||
        (!known.has(id) && asked.findIndex((one) => one.acknowledged && one.id === id) === at)),
  )
  return [...Map.groupBy(waiting, ({ by }) => by)].flatMap(([by, of]) => {
    const got = spare.get(by)?.length ?? 0
    return got >= of.length
      ? []
      : [{ broken: 'I6', where: by, why: `${of.length - got} requests were not answered` }]
  })
}

function twice({ messages }: SlackLog): readonly Breach[] {
  const named = messages.flatMap(({ key }) => key ?? [])
  return [...Map.groupBy(named, (key) => key)]
    .filter(([, same]) => same.length > 1)
    .map(([key, same]) => ({
      broken: 'shown',
      where: key,
      why: `stands ${same.length} times`,
    }))
}

/**
 * What must stand follows from the record alone. A line is named by its event; a mention and an announcement by the change they came
 * with, so they are counted.
 */
function lost({ incident, history }: Story, { messages }: SlackLog): readonly Breach[] {
  const keys = new Set(messages.flatMap(({ key }) => key ?? []))
  const expected = wanted({ incident, history })
  const missing = (where: string, why: string): Breach => ({ broken: 'shown', where, why })
  const named = expected.flatMap((notice) =>
    notice.kind === 'line'
      ? [`line:${incident}:${notice.seq}`]
      : notice.kind === 'card'
        ? [`card:${notice.rollback ?? incident}`]
        : notice.kind === 'automation' || notice.kind === 'reply'
          ? [`${notice.kind}:${incident}:${notice.seq}`]
          : notice.kind === 'owner'
            ? [`owner:${incident}`]
            : [],
  )
  const counted = Map.groupBy(
    expected.flatMap((notice) =>
      notice.kind === 'mention'
        ? [`mention:${incident}: :${notice.about}`]
        : notice.kind === 'announcement'
          ? [`announcement:${incident}: :${notice.template}`]
          : [],
    ),
    (name) => name,
  )
  return [
    ...[...new Set(named)].filter((key) => !keys.has(key)).map((key) => missing(key, 'was lost')),
    ...[...counted].flatMap(([name, of]) => {
      const [start = '', end = ''] = name.split(' ')
      const stand = [...keys].filter((key) => key.startsWith(start) && key.endsWith(end)).length
      return stand < of.length ? [missing(name, `${of.length - stand} of ${of.length} lost`)] : []
    }),
  ]
}

/** What people are to see because of each event. */
function wanted({ incident, history }: Story): readonly Notice[] {
  const before = (seq: number) => history.filter((earlier) => earlier.seq < seq)
  return history.flatMap((recorded) => {
    const { seq, at, event } = recorded
    if (isAutomation(incident) && 'automation' in event)
      return changeOfAutomation([event], before(seq), at).notices
    if (isAssessment(incident) && 'assessment' in event)
      return changeOfAssessment([event], before(seq), at).notices
    return noticesFor(recorded, history, defaultMatrix)
  })
}
