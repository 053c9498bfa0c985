import { expect, test } from 'vitest'
import { revisionId } from '#domain/ids.ts'
import { beganAt, type Began, type PlatformDates, type Sighting } from '#domain/rollback/began.ts'
import { at } from '../../support/builders.ts'

const [v1, v2] = [revisionId('v1'), revisionId('v2')]
const seen = (revision: typeof v1, lastSeen: string, running = true): Sighting => ({
  revision,
  lastSeen: at(lastSeen),
  running,
})
const dates = (createdAt: string, writtenAt?: string, ...others: string[]): PlatformDates => ({
  createdAt: at(createdAt),
  writtenAt: writtenAt === undefined ? undefined : at(writtenAt),
  others: others.map(at),
})

test.for<readonly [string, PlatformDates, readonly Sighting[], Began | undefined]>([
  [
    'goes on while nothing else ran',
    dates('08:00:00', '08:00:00', '07:00:00'),
    [seen(v1, '11:59:00')],
    undefined,
  ],
  [
    'was shipped between two looks',
    dates('11:59:30', '11:59:30', '08:00:00'),
    [seen(v2, '11:59:00')],
    { at: at('11:59:30'), orEarlier: false },
  ],
  [
    'came back between two looks',
    dates('08:00:00', '11:59:30', '10:00:00'),
    [seen(v2, '11:59:00'), seen(v1, '10:00:00', false)],
    { at: at('11:59:30'), orEarlier: false },
  ],
  [
    'came back while nobody looked for long',
    dates('08:00:00', '11:00:00', '10:00:00'),
    [seen(v2, '10:30:00'), seen(v1, '10:00:00', false)],
    { at: at('11:00:00'), orEarlier: true },
  ],
  [
    'came back, and the platform does not say when',
    dates('08:00:00', undefined, '10:00:00'),
    [seen(v2, '11:59:00')],
    { at: undefined, orEarlier: true },
  ],
  [
    'came back after another that was there between two looks',
    dates('08:00:00', '11:02:00', '11:00:00'),
    [seen(v1, '10:59:00')],
    { at: at('11:02:00'), orEarlier: false },
  ],
  [
    'a clock a moment behind ours makes a new version no old one',
    dates('11:59:00', '11:59:00', '08:00:00'),
    [seen(v2, '11:59:01')],
    { at: at('11:59:00'), orEarlier: false },
  ],
  [
    'first look, the newest of all',
    dates('10:00:00', '10:00:00', '08:00:00'),
    [],
    { at: at('10:00:00'), orEarlier: false },
  ],
  [
    'first look, and older than another',
    dates('08:00:00', '11:00:00', '10:00:00'),
    [],
    { at: at('11:00:00'), orEarlier: true },
  ],
  [
    'first look, older than another, written by nobody',
    dates('08:00:00', undefined, '10:00:00'),
    [],
    { at: undefined, orEarlier: true },
  ],
])('%s', ([, platform, known, expected]) => {
  expect(beganAt(v1, platform, known)).toEqual(expected)
})
