import { automationState } from '#domain/automation/state.ts'
import { type IncidentId, rollbackId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import { instant } from '#domain/time.ts'
import { type Change, StaleSequence, type Timeline, WorkloadTaken } from '#ports/store.ts'

/** The record as text in memory: what is read is told anew from what was written. `clock` gives microseconds. */
export function memoryTimeline(clock: () => number): Timeline {
  const streams = new Map<IncidentId, string>()
  const holders = new Map<string, { incident: IncidentId; rollback: string }>()
  const read = (incident: IncidentId): History => JSON.parse(streams.get(incident) ?? '[]')
  const open = (service: string, isOpen: boolean): readonly IncidentId[] =>
    [...streams.keys()].filter((incident) => {
      const state = incidentState(read(incident))
      return state?.service === service && !(isOpen && state.closed)
    })

  const write = (incident: IncidentId, change: Change): History => {
    const { claims = [], releases = [] } = change
    for (const { workload, rollback } of claims) {
      const holder = holders.get(workload)
      if (holder && holder.rollback !== rollback)
        throw new WorkloadTaken(holder.incident, rollbackId(holder.rollback))
    }
    for (const { workload, rollback } of claims) holders.set(workload, { incident, rollback })
    for (const [workload, { rollback }] of holders)
      if (
        releases.some((one) => one.rollback === rollback && (one.workload ?? workload) === workload)
      )
        holders.delete(workload)
    const before = read(incident)
    const added = change.events.map(
      (event, index): Recorded => ({
        seq: before.length + 1 + index,
        at: instant(clock()),
        actor: change.actor,
        event,
      }),
    )
    streams.set(incident, JSON.stringify([...before, ...added]))
    return added
  }

  return {
    now: async () => instant(clock()),
    read: async (incident) => read(incident),
    async append(incident, expectedSeq, change) {
      if (read(incident).length !== expectedSeq) throw new StaleSequence('somebody wrote first')
      if (change.before !== undefined && clock() >= change.before)
        throw new StaleSequence('it is too late')
      return write(incident, change)
    },
    async decide(incident, decide) {
      const { change, answer } = decide(read(incident), instant(clock()))
      if (change) write(incident, change)
      return answer
    },
    openIncidents: async (service) => open(service, true),
    openIncidentsAbout: async (service) =>
      [...streams.keys()].filter((incident) => {
        const history = read(incident)
        const state = incidentState(history)
        const services = rollbacksOf(history).map((one) => one.service as string)
        return state && !state.closed && [state.service as string, ...services].includes(service)
      }),
    recentIncidents: async (service, limit) => open(service, false).toReversed().slice(0, limit),
    promotions: async (service, limit) =>
      [...streams.keys()]
        .flatMap((stream) => promotionState(read(stream)) ?? [])
        .filter((one) => one.service === service)
        .map(({ id }) => id)
        .toReversed()
        .slice(0, limit),
    automations: async () => [...streams.keys()].filter((id) => automationState(read(id))),
    incidentOf: async (rollback) =>
      [...streams.keys()].find((incident) => rollbackState(read(incident), rollback)),
    writtenIn: async (delivery) =>
      [...streams.keys()].find((incident) =>
        read(incident).some(({ event }) => 'delivery' in event && event.delivery === delivery),
      ),
    incidentInChannel: async () => undefined,
    rollbacksOn: async (workload, limit) =>
      [...streams.keys()]
        .flatMap((incident) =>
          read(incident).flatMap(({ event, at }) =>
            event.kind === 'rollback_requested' && event.workload === workload
              ? [{ incident, rollback: event.rollback, at }]
              : [],
          ),
        )
        .toSorted((one, other) => other.at - one.at)
        .slice(0, limit),
    holder: async (workload) => {
      const found = holders.get(workload)
      return found && { incident: found.incident, rollback: rollbackId(found.rollback) }
    },
  }
}
