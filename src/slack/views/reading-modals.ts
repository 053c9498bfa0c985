import type { KnownBlock, ModalView } from '@slack/types'
import { clockSeconds, count, stamp } from '#domain/communication/words.ts'
import type { History } from '#domain/incident/events.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { context, section, sectionIf } from './blocks.ts'
import { eventText } from './event-words.ts'
import { fitModal } from './fit.ts'
import { modal } from './inputs.ts'
import { bold, lines, type Markup, mrkdwn } from './markup.ts'
import { differenceText, warningText } from './plan-words.ts'
import { imageChanges, named } from './versions.ts'

/** Room that is left in one section when lines are collected. */
const roomForLines = 2_600
const mostSections = 60

/** Everything that would change, line by line. */
export function diffModal(plan: Plan): ModalView {
  const others = plan.differences.filter(({ what }) => what !== 'image')
  return fitModal(
    modal('What changes', [
      section(
        lines(
          mrkdwn`${bold(plan.service)} in ${plan.environment}`,
          mrkdwn`${named(plan.from)} → ${named(plan.to)}`,
          imageChanges(plan.from, plan.to),
        ),
      ),
      ...packed(others.map((difference) => mrkdwn`• ${differenceText(difference)}`)),
      ...(others.length === 0
        ? [context(mrkdwn`Nothing else in the template changes.`)]
        : [context(mrkdwn`Values of environment variables and secrets are not shown.`)]),
      ...sectionIf(
        plan.between.length === 0
          ? undefined
          : mrkdwn`${bold('Versions between')}  ${plan.between.slice(0, 30).join(', ')}`,
      ),
      ...packed(plan.warnings.map((warning) => mrkdwn`• ${warningText(warning)}`)),
    ]),
  )
}

export interface TimelineModalInput {
  readonly history: History
  readonly incident: IncidentState
  readonly rollbacks: readonly RollbackState[]
}

/** The whole record, newest last; with a very long one the oldest lines give way, and it says so. */
export function timelineModal({ history, incident, rollbacks }: TimelineModalInput): ModalView {
  const all = history
    .filter(({ event }) => event.kind !== 'progressed' && event.kind !== 'checked')
    .map((recorded) => {
      const { event } = recorded
      const rollback =
        'rollback' in event ? rollbacks.find(({ id }) => id === event.rollback) : undefined
      return mrkdwn`${recorded.seq}. ${clockSeconds(recorded.at)} ${eventText(recorded, { incident, rollback })}`
    })
  const sections = packed(all)
  const shown = sections.slice(-mostSections)
  return fitModal(
    modal('Timeline', [
      context(
        mrkdwn`${count(history.length, 'event')}, times in UTC, first ${stamp(history[0]?.at ?? incident.declaredAt)}`,
      ),
      ...(shown.length < sections.length
        ? [context(mrkdwn`The oldest lines are left out here; the export holds them all.`)]
        : []),
      ...shown,
    ]),
  )
}

/** As few sections as hold the lines. */
function packed(all: readonly Markup[]): readonly KnownBlock[] {
  const groups: Markup[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const line of all) {
    size += line.markup.length + 1
    if (size > roomForLines) {
      groups.push([])
      size = line.markup.length
    }
    groups.at(-1)?.push(line)
  }
  return groups.map((group) => section(lines(...group)))
}
