import { describe, expect, test } from 'vitest'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import { noticesFor } from '#domain/communication/notices.ts'
import type { Notice } from '#domain/communication/notice.ts'
import { rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import {
  aHistory,
  approvedBy,
  people,
  proposed,
  requested,
  type Told,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const told = (before: Told, event: TimelineEvent, clock = '14:31:05'): readonly Notice[] => {
  const history = aHistory(...before, [clock, event])
  const recorded = history.at(-1)
  if (!recorded) throw new Error('empty')
  return noticesFor(recorded, history, defaultMatrix)
}

const shown = (notice: Notice): string => {
  switch (notice.kind) {
    case 'line':
      return notice.broadcast ? 'line+broadcast' : 'line'
    case 'mention':
      return `mention ${notice.about}: ${notice.roles.join(', ')}`
    case 'announcement':
      return `announce ${notice.template}`
    default:
      return notice.kind
  }
}

describe('who is told what', () => {
  test('every kind of event has its row', async () => {
    const rows = Object.values(everyEvent).map((event: TimelineEvent) => {
      const before =
        event.kind === 'incident_declared'
          ? []
          : event.kind === 'rollback_requested'
            ? proposed().slice(0, 1)
            : [...proposed(), ['14:31:00', approvedBy(), people.onCall] as const]
      return `${event.kind.padEnd(24)}${told(before, event).map(shown).join(' · ') || '–'}`
    })

    await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('../../golden/notices.txt')
  })

  test('a plan calls the role that decides at that minute, and one level more over a soft blocker', () => {
    const asked = (clock: string): readonly string[] => {
      const plan = proposed()[3]
      if (!plan) throw new Error('no plan')
      return told(proposed().slice(0, 3), plan[1], clock).map(shown)
    }

    expect(asked('14:30:00')).toContain('mention asked: on-call-engineer')
    expect(asked('14:37:59')).toContain('mention asked: on-call-engineer')
    expect(asked('14:38:00')).toContain('mention asked: team-lead')
    expect(asked('15:23:00')).toContain('mention asked: vp-engineering')
  })

  test('broken glass is told to the next two levels, loudly', () => {
    const event = approvedBy({ needed: 'team-lead', breakGlass: 'nobody answers' })

    const notices = told(proposed(), event, '14:41:00').map(shown)

    expect(notices).toContain('mention break-glass: team-lead, engineering-manager')
    expect(notices).toContain('line+broadcast')
  })

  test('a missing co-approver is asked for, and nobody is told it was approved', () => {
    const notices = told(
      proposed(),
      approvedBy({ complete: false, as: 'vp-engineering' }),
      '15:30:00',
    ).map(shown)

    expect(notices).toContain('mention asked: vp-engineering')
    expect(notices.join()).not.toContain('approved')
  })

  test('the second rollback of an incident raises no second alarm', () => {
    const first = requested()
    const second = requested({ rollback: rollbackId('rb_8b2c') })

    expect(told(proposed(), second).map(shown)).not.toContain('announce incident-alert')
    expect(told(proposed().slice(0, 1), first).map(shown)).toContain('announce incident-alert')
  })

  test('the same event has the same notices whatever came later', () => {
    const history = aHistory(...proposed(), ['14:31:05', approvedBy(), people.onCall])
    const fourth = history[3]
    if (!fourth) throw new Error('no event')

    expect(noticesFor(fourth, history, defaultMatrix)).toEqual(
      noticesFor(fourth, history.slice(0, 4), defaultMatrix),
    )
  })

  test('nothing is told of a history without an incident', () => {
    expect(told([], everyEvent.note_added)).toEqual([])
  })
})
