import type { WhoDecides } from '#domain/communication/answer.ts'
import { plus, type Instant } from '#domain/time.ts'
import { type Matrix, type Raise, required, toldOn, windowInTime } from './matrix.ts'

/** Who may decide now, until when, and who after that: what the card says before anybody clicks. `raise` lifts every row alike. */
export function whoDecides(matrix: Matrix, start: Instant, now: Instant, raise: Raise): WhoDecides {
  const row = windowInTime(matrix, start, now)
  const need = required(row, raise)
  const later = matrix.filter((other) => other.fromMicros > row.fromMicros)
  return {
    now: need.role,
    coApprover: need.coApprover,
    until: row.endsAt,
    then: later.map((other) => ({
      from: plus(start, other.fromMicros),
      role: required(other, raise).role,
    })),
    told: toldOn(row, need.role),
  }
}
