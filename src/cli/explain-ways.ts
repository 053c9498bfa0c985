import { span } from '#domain/communication/words.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Policy } from '#domain/policy.ts'
import { type Mechanism, mechanisms, wholeOrder } from '#domain/rollback/ways.ts'
import type { Service } from '#domain/service.ts'

/** In which order the ways to take a version away are tried, and what each may take. */
export function waysText(
  { id, mechanismOrder }: Pick<Service, 'id' | 'mechanismOrder'>,
  { rollback }: Policy,
): readonly string[] {
  const { strategyBudgets, mechanismBudgets } = rollback
  const names = Object.keys(mechanisms) as readonly Mechanism[]
  const aims = (Object.keys(strategyBudgets) as readonly Strategy[])
    .map((strategy) => `${strategy} ${span(strategyBudgets[strategy])}`)
    .join(', ')
  return [
    `Ways to take a version of ${id} away, ${mechanismOrder ? 'in its own order (mechanismOrder)' : 'in the usual order'}; the first open one that is done in time (${aims}) is taken`,
    ...wholeOrder(mechanismOrder).map((way, at) => {
      const own = names
        .filter((name) => mechanisms[name].way === way)
        .map((name) => `${name} ${span(mechanismBudgets[name])}`)
      return `${String(at + 1).padStart(3)}. ${way.padEnd(17)}  ${own.join(', ')}`
    }),
  ]
}
