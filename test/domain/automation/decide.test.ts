import { expect, test } from 'vitest'
import { type AutomationFacts, decideAutomation, type Sign } from '#domain/automation/decide.ts'
import type { Effect } from '#domain/automation/events.ts'
import { automationState, isTooOften } from '#domain/automation/state.ts'
import { type RevisionId, revisionId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { hours, instant, minutes, seconds } from '#domain/time.ts'
import { at } from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const now = at('14:30:00')
const bad = revisionId('sha256:9f1c')
const sign = (says: Sign['says'] = 'roll_back', delayMicros = 0): Sign => ({
  says,
  fired: { ...everyEvent.automation_fired.fired, delayMicros },
})

/** A record of automation: set up, and what came after. */
function recorded(
  mode: 'on' | 'dry-run' | 'off',
  ...events: readonly History[number]['event'][]
): AutomationFacts['state'] {
  const setUp = everyEvent.automation_set_up
  const all = [{ ...setUp, settings: { ...setUp.settings, mode } }, ...events]
  const state = automationState(
    all.map((event, index) => ({
      seq: index + 1,
      at: at('14:00:00'),
      actor: 'countermand',
      event,
    })),
  )
  if (!state) throw new Error('no automation')
  return state
}
const fired = (effect: Effect, revision: RevisionId = bad) =>
  ({ ...everyEvent.automation_fired, effect, revision }) as const
const switchedOff = (until: number | null) =>
  ({ ...everyEvent.automation_switched, until: until === null ? null : instant(until) }) as const

const facts = (more: Partial<AutomationFacts> = {}): AutomationFacts => ({
  now,
  state: recorded('on'),
  running: { revision: bad, version: 'v2.3.0' },
  signs: [sign()],
  origin: { kind: 'deploy', because: 'v2.3.0 went out at 14:21 UTC' },
  cameBy: 'deploy',
  people: 'not_asked',
  ...more,
})

const flagger = 'Flagger has sent its traffic back to what served before'

const rows: readonly (readonly [string, Partial<AutomationFacts>])[] = [
  ['a trigger fires', {}],
  ['nothing fires', { signs: [] }],
  ['it is close to the bound', { signs: [sign('ask')] }],
  [
    'a sign asks for a person',
    { signs: [{ ...sign('ask'), why: 'nothing else suffers by it yet' }] },
  ],
  ['everything suffers', { signs: [sign('external')] }],
  ['only the canary suffers', { signs: [sign('canary')] }],
  [
    'the service fails, by its canary alone',
    { origin: { kind: 'canary', because: 'what runs beside it is well' } },
  ],
  [
    'it is close to the bound, by its canary alone',
    { signs: [sign('ask')], origin: { kind: 'canary', because: 'what runs beside it is well' } },
  ],
  ['one is certain, one is close', { signs: [sign('ask'), sign('roll_back')] }],
  ['it began elsewhere', { origin: { kind: 'elsewhere', because: 'payments is sick as well' } }],
  ['nobody knows where it began', { origin: { kind: 'unknown', because: 'nothing was deployed' } }],
  ['what runs came by a rollback', { cameBy: 'rollback' }],
  ['what runs came back by an undo', { cameBy: 'undo' }],
  ['nobody knows how it came to run', { cameBy: 'unknown' }],
  ['people are being asked', { people: 'asked' }],
  ['people are being asked, and it is close', { people: 'asked', signs: [sign('ask')] }],
  ['people have said no', { people: 'declined' }],
  ['it is being rolled back', { people: 'under_way' }],
  ['it was counted down for this version', { state: recorded('on', fired('countdown')) }],
  [
    'it was counted down for another version',
    { state: recorded('on', fired('countdown', revisionId('sha256:other'))) },
  ],
  [
    'it was counted down, and that was told',
    { state: recorded('on', fired('countdown'), fired('tell')) },
  ],
  [
    'people were asked about this version before',
    { state: recorded('on', fired('ask')), signs: [sign('ask')] },
  ],
  ['people were asked, and now it is certain', { state: recorded('on', fired('ask')) }],
  ['Flagger took it back itself', { signs: [{ ...sign('acted'), why: flagger }] }],
  [
    'the same, and errors are certain as well',
    { signs: [{ ...sign('acted'), why: flagger }, sign('roll_back')] },
  ],
  ['dry run', { state: recorded('dry-run') }],
  ['dry run, people would be asked', { state: recorded('dry-run'), signs: [sign('ask')] }],
  ['dry run, said before', { state: recorded('dry-run', fired('dry-run')) }],
  ['configured off', { state: recorded('off') }],
  ['switched off, time not over', { state: recorded('on', switchedOff(now + 1)) }],
  ['switched off, time over', { state: recorded('on', switchedOff(now)) }],
  ['switched off until somebody switches it on', { state: recorded('on', switchedOff(null)) }],
  ['the trigger waits longer than the service', { signs: [sign('roll_back', minutes(1))] }],
  [
    'two fire, and one waits longer',
    { signs: [sign('roll_back', minutes(1)), sign('roll_back', seconds(31))] },
  ],
]

test('what automation does about each situation reads as a table', async () => {
  const table = rows.map(([title, more]) => {
    const decision = decideAutomation(facts(more))
    if (decision.kind === 'quiet') return `${title.padEnd(44)} quiet`
    const wait = decision.kind === 'countdown' ? ` ${decision.countdown / 1_000_000} s` : ''
    return `${title.padEnd(44)} ${decision.kind}${wait}${decision.why === null ? '' : ` – ${decision.why}`}`
  })

  await expect(`${table.join('\n')}\n`).toMatchFileSnapshot('../../golden/automation.txt')
})

test('the same facts give the same answer', () => {
  for (const [, more] of rows)
    expect(decideAutomation(facts(more))).toEqual(decideAutomation(facts(more)))
})

test('the third within a day is one too many, to the microsecond', () => {
  const firing = (before: number) => ({
    seq: 1,
    at: instant(now - before),
    event: fired('countdown'),
    isCarriedOut: true,
  })
  const day = hours(24)

  expect(isTooOften({ firings: [firing(1), firing(day - 1)] }, now)).toBe(true)
  expect(isTooOften({ firings: [firing(1), firing(day)] }, now)).toBe(false)
  expect(isTooOften({ firings: [firing(1)] }, now)).toBe(false)
})
