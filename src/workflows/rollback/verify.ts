import type { TimelineEvent } from '#domain/incident/events.ts'
import { recoveryOf } from '#domain/rollback/recovery.ts'
import { type Check, noLongerConfigured } from '#domain/rollback/verification.ts'
import { between, plus } from '#domain/time.ts'
import { look } from './look.ts'
import { planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** One look after completion: recovered, not recovered, unverified – or not yet, and the worker comes back in a moment. */
export async function verify(world: World, turn: Turn, signal: AbortSignal): Promise<void> {
  const { rollback, now } = turn
  const service = world.catalogue.get(rollback.service)
  if (!service)
    return finish(world, turn, {
      outcome: 'unverified',
      checks: noLongerConfigured(rollback.service),
    })
  const { plan, executor } = planned(world, rollback)
  if (rollback.completedAt === undefined) return
  const limits = world.policy.rollback
  const waited = between(rollback.completedAt, now)
  const early = waited < limits.verifyWindowMicros
  const checks = await look(
    world,
    {
      service,
      plan,
      executor,
      incident: turn.incident,
      startedAt: turn.state.startedAt,
      since: rollback.completedAt,
      metricsFrom: plus(rollback.completedAt, limits.verifyWindowMicros),
      now,
    },
    signal,
  )
  const outcome = early
    ? 'not_yet'
    : recoveryOf(checks, waited >= limits.verifyWithinMicros || nothingMoreToLearn(checks))
  const of = { rollback: rollback.id, checks } as const
  if (outcome === 'not_yet') {
    if (differ(checks, rollback.checks))
      await write(world, turn, [{ kind: 'checked', phase: 'verification', ...of }])
    return
  }
  if (outcome === 'recovered') await world.revisions.markVerified(plan.target.workload, plan.to)
  await finish(world, turn, { outcome, checks })
}

async function finish(
  world: World,
  turn: Turn,
  found: Pick<Extract<TimelineEvent, { kind: 'verified' }>, 'outcome' | 'checks'>,
): Promise<void> {
  await write(world, turn, [{ kind: 'verified', rollback: turn.rollback.id, ...found }])
}

/** What is unknown only for want of configuration will not be known later either. */
const nothingMoreToLearn = (checks: readonly Check[]): boolean =>
  checks.every(({ result, isLasting }) => result === 'passed' || isLasting === true)

/** Another result somewhere; small changes of a figure are no news. */
export const differ = (now: readonly Check[], before: readonly Check[]): boolean =>
  now.length !== before.length || now.some(({ result }, index) => result !== before[index]?.result)
