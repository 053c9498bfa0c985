import { list } from '#domain/communication/words.ts'
import type { Plan, Step, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Choice } from '#domain/rollback/ways.ts'
import { type Micros, micros } from '#domain/time.ts'
import type { Route } from '#ports/executor.ts'
import { waysOf } from './chosen-way.ts'
import type { FlagOff, LinkedFlags } from './linked-flags.ts'
import type { Wish } from './make-plan.ts'

/** Switching flags off, as one of the ways that a service has. */
export interface FlagOffer extends Pick<Route, 'mechanism' | 'expectedMicros' | 'blockers'> {
  readonly flags: readonly FlagOff[]
}

/** Where a service has flags, and nobody named a version: to that no flag leads. Together with another way it is no way of its own. */
export function flagOffers(
  { service, to, isCombined }: Wish,
  { off, kept }: LinkedFlags,
): readonly FlagOffer[] {
  if (!service.flags || to !== undefined || isCombined) return []
  return [
    {
      mechanism: 'flag-off',
      expectedMicros: longest(off),
      blockers: off.length > 0 ? [] : [{ kind: 'unsupported', why: kept.join('; ') }],
      flags: off,
    },
  ]
}

export const isFlagOffer = (one: object): one is FlagOffer => 'flags' in one

/** Only flags are switched: what runs goes on running. */
export function flagPlan(
  wish: Wish,
  { running, beside }: Pick<Plan, 'beside'> & { readonly running: Revision },
  { chosen, ...choice }: Choice<FlagOffer>,
  kept: readonly string[],
): Plan {
  const [first, ...more] = chosen.flags
  if (!first) throw new Error('there is no flag to switch off')
  const { service, now, policy } = wish
  const names = list(chosen.flags.map(({ name }) => name))
  return {
    service: service.id,
    environment: service.environment,
    ...first.part,
    from: { ...first.part.from, name: `${running.name} with ${names}` },
    to: { ...first.part.to, name: `${running.name} without ${names}` },
    running,
    ...(beside ? { beside } : {}),
    chosenBecause: 'only what the flag brought goes away',
    steps: stepsOf(chosen.flags),
    collapse: [],
    collapseHow: null,
    differences: chosen.flags.flatMap(({ route }) => route.differences),
    between: [],
    warnings: keptWarnings(kept),
    ...(more.length > 0 ? { also: more.map(({ part }) => part) } : {}),
    mechanism: 'flag-off',
    ...waysOf(wish, choice),
    units: { noun: 'flags', count: chosen.flags.length },
    how: chosen.flags.map(({ route }) => route.how).join(', then '),
    expectedMicros: chosen.expectedMicros,
    budgetMicros: policy.mechanismBudgets['flag-off'],
    madeAt: now,
  }
}

/** The same plan with the flags before everything else, where that was asked for (policy §3, combined). */
export function combinedWith(wish: Wish, plan: Plan, { off, kept }: LinkedFlags): Plan {
  if (!wish.isCombined) return plan
  const warnings = [...plan.warnings, ...keptWarnings(kept)]
  if (off.length === 0) return { ...plan, warnings }
  const steps = stepsOf(off)
  const pauses = plan.pauses?.length ?? 0
  return {
    ...plan,
    also: off.map(({ part }) => part),
    // What is paused comes first: it might bring back what is taken away.
    steps: [...plan.steps.slice(0, pauses), ...steps, ...plan.steps.slice(pauses)],
    differences: [...plan.differences, ...off.flatMap(({ route }) => route.differences)],
    warnings,
    how: [...off.map(({ route }) => route.how), plan.how].join(', then '),
    expectedMicros: sum(plan.expectedMicros, longest(off)),
    budgetMicros: sum(plan.budgetMicros, wish.policy.mechanismBudgets['flag-off']),
  }
}

/** Each is made by whoever has the flag. */
const stepsOf = (off: readonly FlagOff[]): readonly Step[] =>
  off.flatMap(({ part, route }) =>
    route.steps.map((step) => ({ ...step, executor: part.target.executor })),
  )

const keptWarnings = (kept: readonly string[]): readonly Warning[] =>
  kept.length > 0 ? [{ kind: 'platform', text: `not switched off: ${list(kept)}` }] : []

const longest = (off: readonly FlagOff[]): Micros =>
  micros(Math.max(0, ...off.map(({ route }) => route.expectedMicros)))
const sum = (one: number, other: number): number => one + other
