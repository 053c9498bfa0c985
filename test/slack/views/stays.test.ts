import { expect, test } from 'vitest'
import { story } from '#domain/communication/story.ts'
import { plainly } from '#domain/communication/telling.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { stepList } from '#slack/views/card-running.ts'
import { mrkdwn } from '#slack/views/markup.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  aStep,
  proposed,
  theRollback,
} from '../../support/builders.ts'

const rollback = theRollback

test('what stays when it is taken back is not said to be taken back', () => {
  const plan = aPlan({ steps: [aStep('slot blue started', { stays: true }), aStep('switched')] })
  const history = aHistory(
    ...proposed(plan),
    ['14:31:05', approvedBy()],
    ['14:31:06', { kind: 'undo_succeeded', rollback, step: 1 }],
    ['14:31:07', { kind: 'undo_succeeded', rollback, step: 0 }],
  )
  const state = rollbackState(history, rollback)
  const incident = incidentState(history)
  if (!state || !incident) throw new Error('The history has no rollback')
  const said = history
    .slice(-2)
    .map((recorded) => plainly(story(recorded, { incident, rollback: state })))

  expect(said).toEqual(['taken back: switched', 'left as it is: slot blue started'])
  const [started, switched] = plan.steps
  const steps = [aStep('flag off'), started, switched].flatMap((one) => one ?? [])
  expect(stepList({ ...state, steps, phase: 'stuck', at: 0 }, 'watch')).toEqual(
    mrkdwn`✗ flag off   ✓ slot blue started (left as it is)   ↩ switched (taken back)`,
  )
})
