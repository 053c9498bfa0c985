import { expect, test } from 'vitest'
import { flaggerChecksum } from '#executors/kubernetes/flagger/checksum.ts'

/** As Flagger writes the digits of a sum. */
const encoded = (sum: number): string =>
  [...String(sum)].map((digit) => '456789bcdf'[Number(digit)] ?? '').join('')

/** As Flagger 1.43.0 said them, and for the last three as its own function prints them. */
test.for([
  [
    'a version without configuration',
    { trackedConfigs: {}, lastAppliedSpec: '75b6dc7f5b' },
    '6dd6d99f65',
  ],
  ['another one', { trackedConfigs: {}, lastAppliedSpec: '776bc98ff6' }, '6fc9b5884'],
  ['where configuration is not tracked', { lastAppliedSpec: '5454669676' }, encoded(2213785051)],
  [
    'its tracking having found none',
    { trackedConfigs: {}, lastAppliedSpec: '5454669676' },
    encoded(1361882330),
  ],
  [
    'with configuration, in the order of its names',
    { trackedConfigs: { 'secret/b': 'xyz', 'configmap/a': 'a"b\\ü' }, lastAppliedSpec: '' },
    encoded(2925244776),
  ],
] as const)('%s has the checksum that Flagger gives it', ([, status, checksum]) => {
  expect(flaggerChecksum(status)).toBe(checksum)
})
