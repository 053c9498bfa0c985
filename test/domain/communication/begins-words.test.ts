import { expect, test } from 'vitest'
import { beginsText, localClock } from '#domain/communication/begins-words.ts'
import type { Begins } from '#domain/rollback/begins.ts'
import { fromDate } from '#domain/time.ts'
import { at } from '../../support/builders.ts'

const now = at('14:23:00')
const monday = (clock: string) => fromDate(new Date(`2026-11-23T${clock}Z`))
const zone = 'Europe/Berlin'

test.for<readonly [string, Begins]>([
  [
    'in the next change window: Monday 09:00 Europe/Berlin (23 Nov 2026 08:00 UTC), in 1 day 17 h, once approved; it expires if it has not begun by 08:30 UTC',
    {
      at: monday('08:00:00'),
      latest: monday('08:30:00'),
      window: { zone, until: monday('15:00:00') },
    },
  ],
  [
    'a change window is open until 15:40 Europe/Berlin (14:40 UTC): it begins as soon as it is approved; it expires if it has not begun by 14:40 UTC',
    { at: now, latest: at('14:40:00'), window: { zone, until: at('14:40:00') } },
  ],
  [
    'a change window is open: it begins as soon as it is approved; it expires if it has not begun by 14:53 UTC',
    { at: now, latest: at('14:53:00'), window: { zone, until: null } },
  ],
  [
    'at 22:00 UTC, in 7 h 37 min, once approved; it expires if it has not begun by 22:30 UTC',
    { at: at('22:00:00'), latest: at('22:30:00') },
  ],
])('%s', ([expected, begins]) => {
  expect(beginsText(begins, now, 'at_once')).toBe(expected)
})

test('what stands for a while says no minutes that are true only now', () => {
  const begins = { at: at('22:00:00'), latest: at('22:30:00') }

  expect(beginsText(begins, now, 'any_time')).toBe(
    'at 22:00 UTC, once approved; it expires if it has not begun by 22:30 UTC',
  )
})

test('the weekday is the one of the place that is named', () => {
  expect(localClock(at('20:00:00'), now, 'Pacific/Auckland')).toBe(
    '09:00 Pacific/Auckland (20:00 UTC)',
  )
  expect(localClock(at('20:00:00'), at('09:00:00'), 'Pacific/Auckland')).toBe(
    'Sunday 09:00 Pacific/Auckland (20:00 UTC)',
  )
})
