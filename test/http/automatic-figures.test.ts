import { expect, test } from 'vitest'
import { createMeasures } from '#http/metrics.ts'
import { automationOf, type IncidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { memoryTimeline } from '../model/approval/memory-timeline.ts'
import { at, checkout, theIncident } from '../support/builders.ts'
import { everyEvent } from '../support/every-event.ts'

/** What is counted of events that are written, each as the first of its stream. */
async function counted(...written: readonly (readonly [IncidentId, TimelineEvent])[]) {
  const measures = createMeasures()
  for (const [stream, event] of written) {
    const timeline = measures.measuredTimeline(memoryTimeline(() => at('14:30:00')))
    await timeline.append(stream, 0, {
      events: [event],
      actor: 'countermand',
      notices: [],
      wakeAt: null,
      jobs: [],
    })
  }
  const lines = (await measures.registry.metrics()).split('\n')
  return lines.filter((line) => /^countermand_(automatic_)?decisions_total/.test(line))
}
const {
  automation_fired: fired,
  automation_approved: decided,
  countdown_stopped: stopped,
} = everyEvent
const ours = automationOf(checkout)

test('what automation decides is counted apart, and what it tells an incident is not counted twice', async () => {
  const told = { ...fired, effect: 'tell' } as const

  expect(
    await counted(
      [ours, { ...fired, effect: 'countdown' }],
      [ours, told],
      [theIncident, told],
      [theIncident, { ...decided, rule: 'error-rate' }],
    ),
  ).toEqual([
    'countermand_automatic_decisions_total{rule="error-rate",decided="countdown"} 1',
    'countermand_automatic_decisions_total{rule="error-rate",decided="tell"} 1',
    'countermand_automatic_decisions_total{rule="error-rate",decided="roll_back"} 1',
  ])
})

test('a countdown that nobody but the product stopped is no decision of people', async () => {
  const { by: _, ...rest } = stopped

  expect(await counted([theIncident, { ...rest, by: 'countermand' }])).toEqual([])
  expect(await counted([theIncident, stopped])).toEqual([
    'countermand_decisions_total{decided="pause-automation",outcome="allowed"} 1',
  ])
})
