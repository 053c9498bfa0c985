import type { Answer } from '#domain/communication/answer.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { standingStill } from '#domain/rollback/standing-still.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { WorkloadTaken } from '#ports/store.ts'

type UnderWay = Extract<Answer, { kind: 'already_under_way' }>

/** What whoever asked for `asked` is told of the rollback that was first, which `history` is the record of; that may be of another service, for which one of these stands still. */
export function alreadyUnderWay(
  history: History,
  { incident, rollback }: WorkloadTaken,
  asked: readonly [ServiceId, ...ServiceId[]],
): UnderWay {
  const first = rollbackState(history, rollback)
  const stops = first ? standingStill(first) : []
  const standing = asked.find((one) => stops.some(({ service }) => service === one))
  return {
    kind: 'already_under_way',
    service: first?.service ?? asked[0],
    ...(standing === undefined ? {} : { standing }),
    incident,
    rollback,
  }
}
