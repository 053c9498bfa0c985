import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isNamed } from '#domain/rollback/choose-target.ts'
import { instant } from '#domain/time.ts'
import { sortWords } from '#slack/commands/flags.ts'
import { momentOf } from '#slack/commands/moments.ts'
import { wordsOf } from '#slack/commands/words.ts'
import { aRevision } from '../support/builders.ts'

const second = 1_000_000
const day = 24 * 60 * 60 * second
const now = fc.integer({ min: 0, max: 4_000_000_000 }).map((at) => instant(at * second + 123_456))
const direction = fc.constantFrom('back', 'forward')
const runs = { numRuns: 1_000 }

test('a length of time counts from now, to the microsecond, however its parts are written', () => {
  const part = (max: number) => fc.option(fc.nat({ max }), { nil: undefined })
  const length = fc.record({ d: part(400), h: part(99), m: part(999), s: part(9_999) })

  fc.assert(
    fc.property(length, now, direction, fc.constantFrom('', ' '), (parts, at, way, gap) => {
      const { d, h, m, s } = parts
      const written = Object.entries(parts).flatMap(([unit, many]) =>
        many === undefined ? [] : [`${many}${unit}`],
      )
      const spoken = written.join(gap)
      const sum = (((d ?? 0) * 24 + (h ?? 0)) * 60 + (m ?? 0)) * 60 + (s ?? 0)
      const expected = written.length === 0 ? undefined : sum * second * (way === 'back' ? -1 : 1)

      const moment = expected === undefined ? undefined : at + expected

      expect(momentOf(spoken, at, way)).toBe(moment)
      expect(momentOf(way === 'back' ? `${spoken} ago` : `in ${spoken}`, at, way)).toBe(moment)
    }),
    runs,
  )
})

test('a time of day is the next one ahead; behind, the last one, unless today’s is soon to come', () => {
  const clock = fc.record({ hour: fc.nat({ max: 23 }), minute: fc.nat({ max: 59 }) })

  fc.assert(
    fc.property(clock, now, direction, ({ hour, minute }, at, way) => {
      const typed = `${hour}:${String(minute).padStart(2, '0')} UTC`
      const today = Math.floor(at / day) * day + (hour * 60 + minute) * 60 * second
      const ahead = today < at ? today + day : today
      const behind = today > at ? today - day : today
      const isSoon = today > at && today - at <= day / 2

      const found = momentOf(typed, at, way)

      expect(found).toBe(way === 'forward' ? ahead : isSoon ? today : behind)
    }),
    runs,
  )
})

test('a date with a zone is that moment; without one, and for anything else, there is none', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
      now,
      direction,
      (date, at, way) => {
        const text = date.toISOString()

        expect(momentOf(text, at, way)).toBe(date.getTime() * 1_000)
        expect(momentOf(text.replace('Z', ''), at, way)).toBeUndefined()
      },
    ),
    runs,
  )
})

test('whatever else is typed for a moment, it is a moment in whole microseconds or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), now, direction, (typed, at, way) => {
      const found = momentOf(typed, at, way)

      expect(found === undefined || Number.isSafeInteger(found)).toBe(true)
    }),
    runs,
  )
})

test('flags come out as they went in, in whatever order and with whatever in quotation marks', () => {
  const spec = { to: 'word', reason: 'words', at: 'words', 'dry-run': 'none' } as const
  const value = fc
    .stringMatching(/^[A-Za-z0-9.,:;!?'() -]{0,20}[A-Za-z0-9]$/)
    .map((text) => text.trim())
  const given = fc.record(
    {
      to: fc.stringMatching(/^[a-z0-9.]{1,12}$/),
      reason: value,
      at: value,
      'dry-run': fc.constant(''),
    },
    { requiredKeys: [] },
  )

  fc.assert(
    fc.property(given, fc.stringMatching(/^[a-z]{1,10}$/), fc.nat(), (flags, service, seed) => {
      const parts = Object.entries(flags).map(([name, text]) =>
        name === 'dry-run' ? `--${name}` : `--${name} "${text}"`,
      )
      const turned = [...parts.slice(seed % 4), ...parts.slice(0, seed % 4)]

      const sorted = sortWords(wordsOf([service, ...turned].join(' ')), spec)

      expect(sorted).toEqual({ positional: [service], flags, problems: [] })
    }),
    runs,
  )
})

test('a version is named by its number, its tag or a digest long enough to mean one; by nothing else', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  const revision = aRevision('v2.2.1', {
    number: 41,
    images: [{ container: 'a', reference: 'a', digest }],
  })

  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.nat({ max: 64 }),
      (typed, length) => {
        const known = ['41', 'v2.2.1', '2.2.1', revision.id]
        const isPart = typed.startsWith('sha256:') && typed.length >= 19

        expect(isNamed(revision, typed)).toBe(
          known.includes(typed) || (isPart && digest.startsWith(typed)),
        )
        expect(isNamed(revision, digest.slice(0, 7 + length))).toBe(length >= 12)
      },
    ),
    runs,
  )
})
