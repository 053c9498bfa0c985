import type { Instant } from '#domain/time.ts'
import type { Delivered } from '#ports/delivery.ts'

/** What Flagger says of a version that it took the traffic back from. */
export const givenUp = (since: Instant) =>
  ({
    kind: 'told',
    by: 'Flagger',
    name: 'checkout',
    isFailed: true,
    phase: 'Failed',
    why: 'Canary analysis failed, Deployment scaled to zero.',
    since,
    asked: '/apis/flagger.app/v1beta1/namespaces/production/canaries/checkout',
  }) as const satisfies Delivered
