import type { Signal } from './reading.ts'

/** One row of a weighted score (policy §4): what it looks at, when it fires, and how much it weighs then. */
export interface ScoreRow {
  readonly name: string
  readonly signal: Signal
  /** `timesNormal`: the limit is so many times what is normal for the service. */
  readonly fires: 'above' | 'below' | 'timesNormal'
  readonly limit: number
  readonly weight: number
  /** From here on it is a sign, without any weight. */
  readonly alertFrom?: number
}

export interface Profile {
  readonly rows: readonly ScoreRow[]
  readonly pauseAt: number
  readonly rollBackAt: number
}

/** Weights of the two scales and of a shop, as the policy has them. */
export const profiles = {
  general: {
    pauseAt: 10,
    rollBackAt: 15,
    rows: [
      row('errors', 'error-rate', 'timesNormal', 2, 10),
      row('circuit breaker not closed', 'circuit-breaker', 'above', 0, 8),
      row('P99', 'p99', 'timesNormal', 1.5, 5),
      row('CPU', 'cpu', 'timesNormal', 1.5, 3),
    ],
  },
  'e-commerce': {
    pauseAt: 50,
    rollBackAt: 100,
    rows: [
      row('payment success', 'payment-success', 'below', 0.995, 100),
      row('checkout completion', 'checkout-completion', 'below', 0.95, 100),
      row('readiness failures', 'failing', 'above', 0.1, 50),
      row('page P95', 'page-p95', 'above', 2, 30, 1.5),
      row('search P95', 'search-p95', 'above', 1, 20, 0.5),
      row('CPU', 'cpu', 'above', 0.9, 10, 0.8),
    ],
  },
} as const satisfies Readonly<Record<string, Profile>>
export type ProfileName = keyof typeof profiles
export const profileNames = Object.keys(profiles) as readonly ProfileName[]

function row(
  name: string,
  signal: Signal,
  fires: ScoreRow['fires'],
  limit: number,
  weight: number,
  alertFrom?: number,
): ScoreRow {
  return { name, signal, fires, limit, weight, ...(alertFrom === undefined ? {} : { alertFrom }) }
}
