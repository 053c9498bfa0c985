import type { PersonId } from '#domain/ids.ts'

/** Who says whether an item of a gate holds: the product by measuring, a named person, or a test that reports by webhook. */
export const gateItems = {
  'error-rate': { by: 'product', says: 'error rate within 10 % of the baseline' },
  'new-errors': { by: 'product', says: 'no new error types in the logs' },
  latency: { by: 'product', says: 'P99 within 20 % of the baseline' },
  success: { by: 'product', says: 'at least 99.5 % of the requests succeed' },
  complaints: { by: 'person', says: 'no customer complaints' },
  conversion: { by: 'person', says: 'conversion is stable' },
  tickets: { by: 'person', says: 'no rise in support tickets' },
  'critical-path': { by: 'person', says: 'no error in the critical path' },
  healthy: { by: 'person', says: 'all healthy for a sustained time' },
  degradation: { by: 'person', says: 'no degradation over time' },
  'pre-rollout': { by: 'test', says: 'the pre-rollout suite passed' },
  'load-test': { by: 'test', says: 'the load test passed' },
} as const satisfies Record<
  string,
  { readonly by: 'product' | 'person' | 'test'; readonly says: string }
>

export type GateItem = keyof typeof gateItems
export type TestItem = 'pre-rollout' | 'load-test'
export const gateItemNames = Object.keys(gateItems) as readonly GateItem[]
export const isGateItem = (name: string): name is GateItem => Object.hasOwn(gateItems, name)
/** What must hold; an item of another version as it is called. */
export const saysOf = (item: string): string => (isGateItem(item) ? gateItems[item].says : item)
export const isTestItem = (item: GateItem): item is TestItem => gateItems[item].by === 'test'

/** How an item stands. `open`: nobody has said anything yet. `unknown`: it was measured, and cannot be told: never good (invariant I10). */
export interface ItemState {
  readonly item: GateItem
  readonly state: 'passed' | 'missed' | 'open' | 'unknown'
  /** With value, unit and comparison. */
  readonly text: string
  /** Who ticked it. */
  readonly by?: PersonId
  /** How many times the baseline, where that is what missed it. */
  readonly ratio?: number
  /** Nothing but that can make it known; or a person. */
  readonly lacks?: 'configuration'
}
