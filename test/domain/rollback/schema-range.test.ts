import { expect, test } from 'vitest'
import {
  compareVersions,
  includesVersion,
  markedRange,
  rangeText,
} from '#domain/rollback/schema-range.ts'

const database = 'checkout-db'

test.each([
  ['checkout-db 38..43', { database, from: '38', to: '43' }, '38 to 43'],
  ['checkout-db 38..', { database, from: '38' }, '38 and later'],
  [' checkout-db ..43 ', { database, to: '43' }, '43 and earlier'],
  ['checkout-db 43..43', { database, from: '43', to: '43' }, '43'],
])('%s is read', (text, range, words) => {
  expect(markedRange(text)).toEqual(range)
  expect(rangeText(range)).toBe(words)
})

test.each([undefined, '', 'checkout-db', 'checkout-db ..', '38..43', 'checkout-db 38-43'])(
  '%s says nothing',
  (text) => {
    expect(markedRange(text)).toBeUndefined()
  },
)

test('both ends are included, and an end that is left out is open', () => {
  const within = (from: string | undefined, to: string | undefined, version: string) =>
    includesVersion({ database, ...(from ? { from } : {}), ...(to ? { to } : {}) }, version)

  expect(within('38', '43', '38')).toBe(true)
  expect(within('38', '43', '43')).toBe(true)
  expect(within('38', '43', '37')).toBe(false)
  expect(within('38', '43', '44')).toBe(false)
  expect(within('38', undefined, '20261122101500')).toBe(true)
  expect(within(undefined, '43', '0001')).toBe(true)
})

test('versions are compared as numbers, however long and whatever zeros they begin with', () => {
  expect(compareVersions('9', '10')).toBe(-1)
  expect(compareVersions('000041', '41')).toBe(0)
  expect(compareVersions('20261122101501', '20261122101500')).toBe(1)
  expect(compareVersions('V2__a', 'V2__b')).toBe(-1)
})
