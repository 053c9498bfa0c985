import { expect, test } from 'vitest'
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

test.for([
  ['person', 'this freeze of deploys is lifted; another one refuses deploys until 16:30 UTC'],
  [
    'ended',
    'freeze of deploys ended with the rollback; another one refuses deploys until 16:30 UTC',
  ],
] as const)(
  'a freeze that ends (%s) beside another one opens nothing, and nobody reads that it did',
  ([because, words]) => {
    const event = {
      kind: 'freeze_lifted',
      rollback: theRollback,
      because,
      still: at('16:30:01'),
    } as const
    const told = { seq: 1, at: at('14:31:05'), actor: 'countermand', event } as const

    expect(line(told, { incident, rollback }).text).toBe(`14:31:05 ${words}`)
  },
)
