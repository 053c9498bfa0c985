import { expect, test } from 'vitest'
import { automationState, hasFired, isOff, unfinished } from '#domain/automation/state.ts'
import type { Fired } from '#domain/automation/triggers.ts'
import { revisionId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { instant } from '#domain/time.ts'
import { at } from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

const told = (...events: readonly TimelineEvent[]) =>
  automationState(
    events.map((event, index) => ({
      seq: index + 1,
      at: at('14:30:00'),
      actor: 'countermand',
      event,
    })),
  )
const { automation_set_up: setUp, automation_switched: off } = everyEvent
const fired = { ...everyEvent.automation_fired, effect: 'countdown' } as const

test('a service that was never set up has no automation, whatever else stands there', () => {
  expect(told()).toBeUndefined()
  expect(told(fired, off)).toBeUndefined()
})

test('switched off until a moment, it is on again at that moment, to the microsecond', () => {
  const state = told(setUp, { ...off, until: at('18:00:00') })

  expect(state && isOff(state, instant(at('18:00:00') - 1))).toBe(true)
  expect(state && isOff(state, at('18:00:00'))).toBe(false)
})

test('what is set up anew keeps what was switched off, and what has fired', () => {
  const state = told(setUp, fired, off, {
    ...setUp,
    settings: { ...setUp.settings, mode: 'dry-run' },
  })

  expect(state?.settings.mode).toBe('dry-run')
  expect(state?.off?.reason).toBe('a load test is running')
  expect(state && hasFired(state, fired.revision, 'countdown')).toBe(true)
  expect(state && hasFired(state, revisionId('sha256:other'), 'countdown')).toBe(false)
})

test('a canary that was borderline and is certain now is told of once more, never the other way round', () => {
  const canary = { ...fired.fired, rule: 'canary-error-rate' } as const
  const doubtful = { ...canary, isBorderline: true } as const
  const wasTold = (before: Fired, now: Fired) =>
    hasFired(
      {
        firings: [
          {
            seq: 2,
            at: at('14:30:00'),
            event: { ...fired, effect: 'tell', fired: before },
            isCarriedOut: false,
          },
        ],
      },
      fired.revision,
      'tell',
      now,
    )

  expect([wasTold(doubtful, canary), wasTold(doubtful, doubtful)]).toEqual([false, true])
  expect([wasTold(canary, doubtful), wasTold(canary, canary)]).toEqual([true, true])
})

test('a canary is told of once, and the next one beside the same version again', () => {
  const toldAt = at('14:30:00')
  const canary = (servedSince?: number) =>
    ({
      ...fired.fired,
      rule: 'canary-error-rate',
      ...(servedSince === undefined ? {} : { servedSince }),
    }) as const
  const event = { ...fired, effect: 'tell', fired: canary(at('14:20:00')) } as const
  const state = { firings: [{ seq: 2, at: toldAt, event, isCarriedOut: false }] }
  const wasTold = (about: Fired) => hasFired(state, fired.revision, 'tell', about)

  expect(wasTold(canary(at('14:20:00')))).toBe(true)
  expect(wasTold(canary(toldAt))).toBe(true)
  expect(wasTold(canary(toldAt + 1))).toBe(false)
  // It has served for longer than was looked back.
  expect(wasTold(canary())).toBe(true)
  // What is said of the version itself is another matter.
  expect(wasTold(fired.fired)).toBe(false)
})

test('what fired is unfinished until it was carried out', () => {
  const done = { ...everyEvent.automation_carried_out, seq: 2 } as const
  const begun = told(setUp, fired)
  const ended = told(setUp, fired, done)

  expect(begun && unfinished(begun)?.seq).toBe(2)
  expect(ended && unfinished(ended)).toBeUndefined()
})
