import type { FlaggerCanary } from '../objects.ts'

type Hashed = Pick<NonNullable<FlaggerCanary['status']>, 'trackedConfigs' | 'lastAppliedSpec'>

/**
 * Flagger's own name for the version that it has in hand, as it says it at every gate: FNV-1a over Go's print of two fields of the
 * status (pkg/controller/webhook.go, canaryChecksum), its decimal digits written in another alphabet.
 */
export function flaggerChecksum({ trackedConfigs, lastAppliedSpec = '' }: Hashed): string {
  const configs =
    trackedConfigs === undefined
      ? '<nil>'
      : `map[${Object.entries(trackedConfigs)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, hash]) => `${name}:${hash}`)
          .join(' ')}]`
  const printed = `(struct { TrackedConfigs *map[string]string; LastAppliedSpec string }){TrackedConfigs:(*map[string]string)${configs} LastAppliedSpec:(string)${lastAppliedSpec}}`
  return [...String(fnv1a(printed))]
    .map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length] ?? '')
    .join('')
}

/** Of Kubernetes' names that are made up (apimachinery, SafeEncodeString). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}
