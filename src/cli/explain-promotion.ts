import { span } from '#domain/communication/words.ts'
import { gateItems, type GateItem } from '#domain/promotion/items.ts'
import { gateLimits } from '#domain/promotion/gate-limits.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import type { Service } from '#domain/service.ts'

/** How a canary of the service goes forward, step by step, and by which numbers. */
export function promotionText({ promotion = usualPromotion, canary }: Service): readonly string[] {
  const { ladder, isAutomatic, handles, requesterMayApprove, tests } = promotion
  const { automatic } = gateLimits
  return [
    `Canaries go by the ladder “${ladder.name}”; ${requesterMayApprove ? 'whoever asks may approve' : 'somebody other than whoever asked approves'}, an on-call engineer or above`,
    ...tests.map((item) => `       before the first step  ${gateItems[item].says}`),
    ...ladder.gates.flatMap(({ at, after, all, otherwise, person }) => [
      `${String(at).padStart(5)} %  after ${span(after)}${person ? ', always a person' : ''}; else ${otherwise === 'roll-back' ? 'roll back now' : 'investigate'}`,
      ...all.map(
        (item) => `           ${gateItems[item].says}${whoSays(item, canary !== undefined)}`,
      ),
    ]),
    '  100 %  promoted in full',
    handles === undefined
      ? isAutomatic
        ? `Goes on by itself where all of it holds and the error rate is below ${automatic.errorRate * 100} %, P99 at most ${Math.round(automatic.p99 * 100)} % of the baseline and below ${automatic.p99Seconds * 1000} ms`
        : 'Never goes on by itself'
      : `Handles ${handles}: never goes on by itself`,
  ]
}

function whoSays(item: GateItem, isMeasured: boolean): string {
  if (gateItems[item].by === 'person') return '  – a person says so'
  return item === 'new-errors' || isMeasured
    ? ''
    : '  – not measured: add canary, else a person says so'
}
