import { expect, test } from 'vitest'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const open = [{ days: ['mon', 'tue'], from: '09:00', to: '16:00' }]
const windowsOf = (text: string) => configOf({}, text).catalogue.get('checkout')?.changeWindows

test('a service has the organisation’s change windows in the organisation’s zone', () => {
  const closed = ['2026-12-24', '2026-12-31 to 2027-01-02']

  expect(windowsOf(aFile({ changeWindows: { open, closed } }))).toEqual({
    zone: 'Europe/Berlin',
    open: [{ days: ['mon', 'tue'], from: 540, to: 960 }],
    closed: [
      { from: '2026-12-24', to: '2026-12-24' },
      { from: '2026-12-31', to: '2027-01-02' },
    ],
  })
})

test('windows of its own replace the organisation’s whole, in a zone of their own', () => {
  const own = { timezone: 'Asia/Kolkata', open: [{ days: ['sun'], from: '22:00', to: '24:00' }] }
  const services = { checkout: aService({ changeWindows: own }) }

  expect(windowsOf(aFile({ changeWindows: { open }, services }))).toEqual({
    zone: 'Asia/Kolkata',
    open: [{ days: ['sun'], from: 1_320, to: 1_440 }],
    closed: [],
  })
})

test('without any there are none', () => {
  expect(windowsOf(aFile())).toBeUndefined()
})

test.each([
  [{}, 'changeWindows.open: is missing (a list).'],
  [{ open: [] }, 'changeWindows.open: must name at least one window.'],
  [
    { open: [{ ...open[0], days: ['monday'] }] },
    'changeWindows.open[1].days[1]: must be one of mon, tue, wed, thu, fri, sat, sun.',
  ],
  [
    { open: [{ ...open[0], from: '9:00' }] },
    'changeWindows.open[1].from: must be a time of day such as "09:00", in quotation marks.',
  ],
  [
    { open: [{ ...open[0], to: '09:00' }] },
    'changeWindows.open[1].to: is when it begins, so nothing would be open; a whole day is "00:00" to "24:00".',
  ],
  [
    { open, timezone: 'Europe/Berlinn' },
    'changeWindows.timezone: must be a time zone such as Europe/Berlin.',
  ],
  [
    { open, closed: ['2026-02-30'] },
    'changeWindows.closed[1]: must be a date such as 2026-12-24, or two: 2026-12-24 to 2027-01-03.',
  ],
  [
    { open, closed: ['Christmas'] },
    'changeWindows.closed[1]: must be a date such as 2026-12-24, or two: 2026-12-24 to 2027-01-03.',
  ],
  [
    { open, closed: ['2026-12-24 to 2026-12-01'] },
    'changeWindows.closed[1]: must end on a later date than it begins.',
  ],
  [{ open, close: [] }, 'changeWindows.close: is not known; did you mean closed?'],
])(
  'what is wrong with change windows is said in one sentence each: %j',
  (changeWindows, expected) => {
    const [first, ...others] = problemsOf(aFile({ changeWindows }))

    expect(first?.replace(/^x\.yaml:\d+: /, '')).toBe(expected)
    expect(others).toEqual([])
  },
)

test('a problem stands at its line, in a service’s own windows too', () => {
  const text = `${aFile()}changeWindows:
  open:
    - { days: [mon], from: "25:00", to: "16:00" }
`
  const services = { checkout: aService({ changeWindows: { open, closed: ['x'] } }) }

  expect(problemsOf(text)).toEqual([
    expect.stringMatching(
      new RegExp(`^x\\.yaml:${text.split('\n').length - 1}: changeWindows\\.open\\[1\\]\\.from`),
    ),
  ])
  expect(problemsOf(aFile({ services })).join()).toContain(
    'services.checkout.changeWindows.closed[1]: must be a date',
  )
})
