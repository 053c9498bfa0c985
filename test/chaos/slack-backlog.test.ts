import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IncidentId, incidentId } from '#domain/ids.ts'
import { changeOf } from '#workflows/record.ts'
import { type EdgeWorld, edgeWorld } from '../slack/edge-world.ts'
import { aPolicy } from '../support/builders.ts'

let world: EdgeWorld
let incident: IncidentId
let seen = 0
const { signal } = new AbortController()

beforeEach(async () => {
  world = await edgeWorld({}, { editEveryMs: 0 })
  await world.slack
    .as('onCall')
    .command('/rollback checkout --reason errors', { channel: 'checkout' })
  await world.settle()
  const { rows } = await world.database.owner.query<{ id: string }>('SELECT id FROM streams')
  incident = incidentId(rows[0]?.id ?? '')
  seen = world.slack.calls().length
})
afterEach(() => world.close())

/** Something that is said as a line, and that the card shows as well. */
const happens = () =>
  world.record.decide(incident, (history, now) => ({
    change: changeOf([{ kind: 'impact_measured', figures: [], unavailable: ['error-rate'] }], {
      history,
      now,
      policy: aPolicy(),
    }),
    answer: undefined,
  }))
const backlog = async (length: number): Promise<void> => {
  for (let n = 0; n < length; n += 1) await happens()
}
/** `card` or `line`, in the order in which Slack took them. */
const shown = (): readonly string[] =>
  world.slack
    .calls()
    .slice(seen)
    .flatMap(({ method }) =>
      method === 'chat.update' ? ['card'] : method === 'chat.postMessage' ? ['line'] : [],
    )

test('T121 the card comes before the backlog, once, and others have their turn in between', async () => {
  await backlog(30)

  await world.edge.show(incident, signal)
  const first = shown()
  await world.settle()

  expect(first).toEqual(['card', ...Array<string>(19).fill('line')])
  expect(shown().filter((what) => what === 'card')).toHaveLength(1)
  expect(shown().filter((what) => what === 'line')).toHaveLength(30)
})

test('T121 what is more urgent and written meanwhile goes ahead of the rest', async () => {
  await backlog(15)
  const showing = world.edge.show(incident, signal)
  await world.slack.until(() => shown().length > 2)

  await happens()
  const then = shown().length
  await showing

  expect(shown().indexOf('card', 1)).toBeGreaterThan(0)
  expect(shown().indexOf('card', 1) - then).toBeLessThanOrEqual(6)
  expect(shown().lastIndexOf('line')).toBeGreaterThan(shown().indexOf('card', 1))
})
