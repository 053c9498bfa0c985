import { describe, expect, test } from 'vitest'
import { revisionId, rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { micros, plus } from '#domain/time.ts'
import { type Breach, breaches } from '../support/history-checker.ts'
import { goodMachines } from '../support/history-checker/good-machines.ts'
import type { Draft } from '../support/history-checker/good-run.ts'
import { sealed } from '../support/history-checker/seal.ts'

type Told = Draft['stories'][number]['events'][number]
type Kind = TimelineEvent['kind']

test('a rollback that nobody asked for is found without fault where it was counted down', () => {
  expect(breaches(sealed(goodMachines))).toEqual([])
})

describe('a rollback by itself in which', () => {
  test.each<readonly [string, Breach['broken'], string, Draft]>([
    ['nothing had fired', 'I3', 'had not fired', changed('automation_fired', () => [])],
    ['it fires twice for a version', 'I1', 'fired twice', changed('automation_fired', twice)],
    ['it is carried out twice', 'I1', 'out 2 times', changed('automation_carried_out', twice)],
    ['it is forgotten', 'I1', 'out 0 times', changed('automation_carried_out', () => [])],
    [
      'it names a rollback that is not there',
      'I3',
      'not on the record',
      changed('rollback_requested', (told) => [having(told, { rollback: rollbackId('rb_other') })]),
    ],
    ['an alert stands twice', 'I1', 'stands twice', changed('alert_fired', twice)],
    ['its end stands twice', 'I1', 'stands twice', changed('alert_resolved', twice)],
    ['no countdown ran', 'I2', 'without its countdown', changed('countdown_begun', () => [])],
    [
      'the countdown was stopped',
      'I2',
      'without its countdown',
      changed('countdown_begun', (told) => [
        told,
        having(told, { kind: 'countdown_stopped', because: 'paused', by: 'T1:U1', as: null }),
      ]),
    ],
    [
      'it was early',
      'I2',
      'without its countdown',
      changed('automation_approved', (told) => [{ ...told, at: plus(told.at, micros(-1)) }]),
    ],
    [
      'another plan was decided on',
      'I2',
      'another plan',
      changed('automation_approved', (told) => [having(told, { digest: 'sha256:other' })]),
    ],
    [
      'two people are needed',
      'I4',
      'automation decided alone',
      changed('rollback_requested', (told) => [
        having(told, { twoPerson: true, by: 'automation:error-rate' }),
      ]),
    ],
    [
      'what automation says is not said',
      'shown',
      'was lost',
      {
        ...goodMachines,
        slack: { ...goodMachines.slack, messages: goodMachines.slack.messages.slice(0, -1) },
      },
    ],
  ])('%s is found to break %s', (_, broken, why, draft) => {
    expect(breaches(sealed(draft))).toContainEqual(
      expect.objectContaining({ broken, why: expect.stringContaining(why) }),
    )
  })

  test('another version fires is found without fault', () => {
    const other = { revision: revisionId('sha256:other'), effect: 'tell' }
    const said = { key: 'automation:au-checkout:3' }
    const draft = changed('automation_fired', (told) => [told, having(told, other)])
    // What was carried out stands one row later, and so does what was switched.
    const messages = [...goodMachines.slack.messages, said, { key: 'automation:au-checkout:5' }]

    expect(breaches(sealed({ ...draft, slack: { ...draft.slack, messages } }))).toEqual([])
  })
})

function changed(kind: Kind, change: (told: Told) => readonly Told[]): Draft {
  return {
    ...goodMachines,
    stories: goodMachines.stories.map((story) => ({
      ...story,
      events: story.events.flatMap((told) => (told.event.kind === kind ? change(told) : [told])),
    })),
  }
}

function twice(told: Told): readonly Told[] {
  return [told, told]
}

function having(told: Told, fields: object): Told {
  return { ...told, event: { ...told.event, ...fields } }
}
