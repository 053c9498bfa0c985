import { describe, expect, test } from 'vitest'
import { incidentId, serviceId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { line, validateMessage } from '#slack/views/index.ts'
import { aHistory, anIncident, at, theRollback } from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'
import { recovered } from './card-stories.ts'

const history = aHistory(...recovered)
const incident = anIncident(history)
const rollback = rollbackState(history, theRollback)
if (!rollback) throw new Error('no rollback')

test('every kind of event has its line', async () => {
  const lines = Object.values(everyEvent).map((event: TimelineEvent) => {
    const message = line(
      { seq: 1, at: at('14:31:05'), actor: 'countermand', event },
      { incident, rollback },
    )
    expect(validateMessage(message)).toEqual([])
    return message.text
  })

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/views/lines.txt')
})

describe('a freeze that ends beside another one', () => {
  const payments = { service: serviceId('payments'), incident: incidentId('inc-payments-2') }
  const lineOf = (
    event: Omit<Extract<TimelineEvent, { kind: 'freeze_lifted' }>, 'kind' | 'rollback'>,
  ) => {
    const told = { kind: 'freeze_lifted', rollback: theRollback, ...event } as const
    const recorded = { seq: 1, at: at('14:31:05'), actor: 'countermand', event: told } as const
    return line(recorded, { incident, rollback }).text
  }

  test.for([
    ['person', 'this freeze of deploys is lifted'],
    ['ended', 'freeze of deploys ended with the rollback'],
  ] as const)('(%s) opens nothing, and nobody reads that it did', ([because, words]) => {
    const until = at('16:30:01')
    const { service } = rollback
    const other = { service, incident: payments.incident, until }

    expect(lineOf({ because, others: [other] })).toBe(
      `14:31:05 ${words}; another freeze (inc-payments-2) refuses deploys of checkout until 16:30 UTC`,
    )
    expect(lineOf({ because, others: [{ service }] })).toBe(
      `14:31:05 ${words}; another freeze refuses deploys of checkout`,
    )
    // As it was recorded before.
    expect(lineOf({ because, still: until })).toBe(
      `14:31:05 ${words}; another freeze refuses deploys of checkout until 16:30 UTC`,
    )
  })

  test('says which services are open, and which is not', () => {
    expect(lineOf({ because: 'person', others: [{ ...payments, until: at('16:30:01') }] })).toBe(
      '14:31:05 this freeze of deploys is lifted: deploys of checkout are open again; another freeze (inc-payments-2) refuses deploys of payments until 16:30 UTC',
    )
  })
})
