import { deliveryId, serviceId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { aPlan, at, people, theRollback } from '../../support/builders.ts'
import { recovered, story } from './card-stories.ts'

const rollback = theRollback
const delivery = deliveryId('d3')
const until = at('16:30:01')
const widened: TimelineEvent = {
  kind: 'freeze_widened',
  rollback,
  delivery,
  by: people.teamLead,
  as: 'team-lead',
  reason: 'payments is unsteady, too',
  services: [serviceId('payments')],
  scope: [aPlan().target],
}
const pinned: Extract<TimelineEvent, { kind: 'version_pinned' }> = {
  kind: 'version_pinned',
  rollback,
  delivery,
  by: people.teamLead,
  as: 'team-lead',
  reason: 'the fix is not reviewed yet',
  until: at('23:30:01'),
}

/** What else may become of the freeze once the rollback has done its work. */
export const freezeStories = {
  'its freeze can be widened': { ...story(recovered, '14:33:00'), canWiden: true },
  'its freeze was widened': {
    ...story(
      [
        ...recovered,
        ['14:34:00', widened],
        ['14:34:01', { kind: 'freeze_begun', rollback, until, scope: [], isWide: true }],
        ['14:34:02', { kind: 'freeze_raised', rollback, until, isWide: true }],
      ],
      '14:35:00',
    ),
    canWiden: true,
  },
  'what it brought is pinned': story(
    [
      ...recovered,
      ['14:34:00', pinned],
      ['14:34:01', { kind: 'freeze_begun', rollback, until: pinned.until, scope: [] }],
      ['14:34:02', { kind: 'freeze_raised', rollback, until: pinned.until }],
    ],
    '14:35:00',
  ),
}
