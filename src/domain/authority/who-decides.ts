import type { WhoDecides } from '#domain/communication/answer.ts'
import { plus, type Instant } from '#domain/time.ts'
import { type Matrix, required, toldOn, windowInTime } from './matrix.ts'

/** Who may decide now, until when, and who after that: what the card says before anybody clicks. `extraLevels` raises every row alike. */
export function whoDecides(
  matrix: Matrix,
  start: Instant,
  now: Instant,
  extraLevels: number,
): WhoDecides {
  const row = windowInTime(matrix, start, now)
  const need = required(row, extraLevels)
  const later = matrix.filter((other) => other.fromMicros > row.fromMicros)
  return {
    now: need.role,
    coApprover: need.coApprover,
    until: row.endsAt,
    then: later.map((other) => ({
      from: plus(start, other.fromMicros),
      role: required(other, extraLevels).role,
    })),
    told: toldOn(row, need.role),
  }
}
