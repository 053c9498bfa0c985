import { expect, test } from 'vitest'
import { automationState } from '#domain/automation/state.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { revisionId } from '#domain/ids.ts'
import { automationLine } from '#slack/views/automation.ts'
import { at } from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const { automation_set_up: setUp, automation_fired: fired, automation_switched: off } = everyEvent
const mode = (of: 'on' | 'dry-run' | 'off') =>
  ({ ...setUp, settings: { ...setUp.settings, mode: of } }) as const

/** What a card says of automation, of the version that fired. */
function said(...events: readonly TimelineEvent[]) {
  const history = events.map((event, index) => ({
    seq: index + 1,
    at: at('14:30:00'),
    actor: 'countermand' as const,
    event,
  }))
  return automationLine(automationState(history), fired.revision, at('14:31:00'))?.markup
}

test('a card that people decide on says whether automation may still act', () => {
  const countdown = { ...fired, effect: 'countdown' } as const
  const another = { ...countdown, revision: revisionId('sha256:another') } as const

  expect(said()).toBeUndefined()
  expect(said(mode('on'))).toContain('on: what becomes certain meanwhile is counted down')
  expect(said(mode('on'), another)).toContain('on: what becomes certain')
  expect(said(mode('on'), countdown)).toContain('it was counted down for this version once')
  expect(said(mode('dry-run'))).toContain('dry run, nothing is done by itself')
  expect(said(mode('off'))).toContain('off, as configured')
  expect(said(mode('on'), { ...off, until: at('18:00:00') })).toContain(
    'switched off until 18:00 UTC',
  )
  expect(said(mode('on'), { ...off, until: at('14:31:00') })).toContain('on: what becomes certain')
})
