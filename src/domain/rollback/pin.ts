import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import { hours, type Instant, type Micros } from '#domain/time.ts'

/**
 * What runs is locked: deploys of the service alone are refused until then, also when the rollback that brought it is long stable
 * (policy §3, "pin the version"). It is over before when somebody lifts it, or when that rollback is undone or overtaken by one that is begun.
 */
export interface Pin {
  readonly at: Instant
  readonly until: Instant
  readonly by: PersonId
  readonly as: Role
  readonly reason: string
}

/** How long a version can be pinned; what must wait longer is no matter of an incident. */
export const pinTimes = ['4h', '1d', '3d', '7d'] as const
export type PinTime = (typeof pinTimes)[number]
export const isPinTime = (text: string | undefined): text is PinTime =>
  pinTimes.some((one) => one === text)

export const pinLasts: Readonly<Record<PinTime, Micros>> = {
  '4h': hours(4),
  '1d': hours(24),
  '3d': hours(72),
  '7d': hours(168),
}
