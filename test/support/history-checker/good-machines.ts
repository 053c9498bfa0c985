import { noticesFor } from '#domain/communication/notices.ts'
import { automationOf, deliveryId } from '#domain/ids.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { noticeKey } from '#postgres/timeline/notice-key.ts'
import {
  aPlan,
  aPolicy,
  at,
  checkout,
  declared,
  planned,
  requested,
  theDigest,
  theIncident,
  theRollback,
} from '../builders.ts'
import { everyEvent } from '../every-event.ts'
import type { Draft } from './good-run.ts'

type Told = Draft['stories'][number]['events'][number]

const rollback = theRollback
const { fired } = everyEvent.automation_fired
const by = (clock: string, ...events: readonly TimelineEvent[]): readonly Told[] =>
  events.map((event) => ({ at: at(clock), actor: 'countermand', event }))
const plan = aPlan({ steps: [], warnings: [] })

const incident: readonly Told[] = [
  ...by(
    '14:29:02',
    declared({ by: null, startedAt: at('14:24:00'), policy: pinnedPolicy(aPolicy()) }),
    everyEvent.alert_fired,
    requested({ rollback, fired, delivery: deliveryId(`automation:${checkout}:2`) }),
    planned(plan),
    { ...everyEvent.countdown_begun, digest: theDigest, until: at('14:29:32') },
  ),
  ...by('14:29:32', { ...everyEvent.automation_approved, digest: theDigest }),
  ...by('14:29:33', { kind: 'execution_started', rollback }),
  ...by('14:29:34', { kind: 'execution_completed', rollback }),
  ...by('14:31:34', { kind: 'verified', rollback, outcome: 'recovered', checks: [] }),
  ...by('14:32:00', everyEvent.alert_resolved),
]

/** What its automation did, and would have said of it: the row that fired is the second one. */
const automation: readonly Told[] = [
  ...by('09:00:00', everyEvent.automation_set_up),
  ...by('14:29:01', {
    ...everyEvent.automation_fired,
    effect: 'countdown',
    why: null,
    revision: plan.from.id,
  }),
  ...by('14:29:03', { ...everyEvent.automation_carried_out, outcome: 'counting' }),
  ...by('15:00:00', everyEvent.automation_switched),
]

const history: readonly Recorded[] = incident.map((told, index) => ({ ...told, seq: index + 1 }))
const keys = history.flatMap((recorded) =>
  noticesFor(recorded, history, aPolicy().matrix).map((notice, place) =>
    noticeKey(notice, theIncident, recorded.seq, place),
  ),
)

/** A service that was rolled back by itself, as a faultless product leaves that behind. */
export const goodMachines: Draft = {
  stories: [
    { incident: theIncident, events: incident },
    { incident: automationOf(checkout), events: automation },
  ],
  cluster: [],
  slack: {
    messages: [...new Set([...keys, `automation:${automationOf(checkout)}:4`])].map((key) => ({
      key,
    })),
    asked: [],
    answered: [],
  },
}
