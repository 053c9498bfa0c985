import type { Timeline } from '#ports/store.ts'
import type { Outbox } from '#ports/surfaces.ts'
import type { Tenure } from '#ports/tenure.ts'

/** One record over two sets of connections: whoever carries out what somebody pressed shares theirs with nothing else. */
export function pressesApart(
  { presses, work }: Readonly<Record<'presses' | 'work', Timeline>>,
  current: () => Tenure | undefined,
): Timeline {
  const own = (): Timeline => (current()?.isPressed ? presses : work)
  return {
    now: () => own().now(),
    read: (incident) => own().read(incident),
    append: (incident, expectedSeq, change) => own().append(incident, expectedSeq, change),
    decide: (incident, decide) => own().decide(incident, decide),
    openIncidents: (service) => own().openIncidents(service),
    openIncidentsAbout: (service) => own().openIncidentsAbout(service),
    recentIncidents: (service, limit) => own().recentIncidents(service, limit),
    promotions: (service, limit) => own().promotions(service, limit),
    automations: () => own().automations(),
    incidentOf: (rollback) => own().incidentOf(rollback),
    writtenIn: (delivery) => own().writtenIn(delivery),
    incidentInChannel: (channel) => own().incidentInChannel(channel),
    rollbacksOn: (workload, limit) => own().rollbacksOn(workload, limit),
    holder: (workload) => own().holder(workload),
  }
}

/** What people see, likewise: where a card stands is asked before a press of it counts, and showing is other work. */
export const surfacesApart = (
  { presses, work }: Readonly<Record<'presses' | 'work', Outbox>>,
  current: () => Tenure | undefined,
): Outbox => ({
  ...work,
  surface: (key) => (current()?.isPressed ? presses : work).surface(key),
})
