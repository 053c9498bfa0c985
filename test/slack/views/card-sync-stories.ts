import { deliveryId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import {
  aPlan,
  approvedBy,
  aSeenSync,
  aStep,
  people,
  proposed,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'
import { isWell, story } from './card-stories.ts'

const rollback = theRollback
const synced = aPlan({
  warnings: [
    {
      kind: 'sync_paused',
      tool: 'Argo CD',
      name: 'Application argocd/shop',
      others: ['deployment payments'],
    },
  ],
  steps: [aStep('sync of Application argocd/shop paused'), ...aPlan().steps],
  pauses: [{ tool: 'Argo CD', name: 'Application argocd/shop' }],
})
const paused: Told = [
  ...proposed(synced),
  ['14:31:05', approvedBy(), people.onCall],
  ['14:31:06', { kind: 'execution_started', rollback }],
  ['14:31:06', { kind: 'step_started', rollback, step: 0 }],
  ['14:31:07', { kind: 'step_succeeded', rollback, step: 0 }],
  ['14:31:46', { kind: 'execution_completed', rollback }],
]
const pausedWell: Told = [...paused, ...isWell]

const endedWell: TimelineEvent = {
  ...everyEvent.sync_ended,
  seen: aSeenSync({ by: null, since: null, then: 'keeps', why: null, isOurs: true }),
}

/** Cards of a rollback that paused what brings Git. */
export const syncStories = {
  'a sync is going to be paused': story(proposed(synced), '14:30:10'),
  'a sync is paused': story(pausedWell, '14:40:00'),
  'a sync is still paused': story(
    [...pausedWell, ['18:31:46', everyEvent.sync_reminded]],
    '18:31:50',
  ),
  'somebody else let a sync go on': story(
    [...pausedWell, ['15:02:30', everyEvent.sync_ended]],
    '15:03:00',
  ),
  'what somebody else let go on was switched off again': story(
    [
      ...pausedWell,
      ['15:02:30', everyEvent.sync_ended],
      ['15:22:30', { ...everyEvent.sync_ended, seen: aSeenSync({ then: 'off', why: null }) }],
    ],
    '15:23:00',
  ),
  'a rollback is taken back after somebody let its sync go on': story(
    [
      ...pausedWell,
      ['15:02:30', everyEvent.sync_ended],
      [
        '15:10:00',
        {
          kind: 'undo_authorised',
          rollback,
          delivery: deliveryId('undone'),
          by: people.onCall,
          as: 'on-call-engineer',
          reason: 'it was not the version',
        },
      ],
      ['15:10:04', { kind: 'undo_succeeded', rollback, step: 1 }],
      ['15:10:05', { kind: 'undo_succeeded', rollback, step: 0 }],
    ],
    '15:11:00',
  ),
  'a sync was let go on elsewhere and Git has what runs': story(
    [...pausedWell, ['15:02:30', endedWell]],
    '15:03:00',
  ),
  'a sync is being let go on': story(
    [...pausedWell, ['14:50:00', everyEvent.sync_resume_ordered]],
    '14:50:01',
  ),
  'a sync could not be let go on': story(
    [
      ...pausedWell,
      ['14:50:00', everyEvent.sync_resume_ordered],
      ['14:50:02', everyEvent.sync_failed],
    ],
    '14:50:03',
  ),
  'a sync goes on': story(
    [
      ...pausedWell,
      ['14:50:00', everyEvent.sync_resume_ordered],
      ['14:50:02', everyEvent.sync_resumed],
    ],
    '14:50:03',
  ),
}
