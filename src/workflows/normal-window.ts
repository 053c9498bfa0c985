import { earliest, hours, type Instant, instant } from '#domain/time.ts'

/**
 * What is compared with: the hour before the deploy (policy §1), and never a part of the incident. A version that was shipped
 * while it was broken already has an hour before it that is not normal. A start long before the deploy says nothing of it.
 */
export function normalWindow(
  shippedAt: Instant,
  startedAt: Instant,
): { readonly from: Instant; readonly to: Instant } {
  const isNear = startedAt >= shippedAt - hours(24)
  const to = isNear ? earliest(shippedAt, startedAt) : shippedAt
  return { from: instant(to - hours(1)), to }
}
