import type { Figure } from './events.ts'
import { isWorse, type Severity } from './severity.ts'

interface Band {
  readonly severity: Severity
  readonly because: string
}

/** The worst band that any figure reaches (policy §1); `undefined` when none reaches above `low`. A figure without its normal is compared with nothing. */
export function worstBand(figures: readonly Figure[]): Band | undefined {
  return figures
    .flatMap((figure) => bandOf(figure) ?? [])
    .reduce<Band | undefined>(
      (worst, band) => (worst && !isWorse(band.severity, worst.severity) ? worst : band),
      undefined,
    )
}

/** Upper bounds belong to the lower band: 5.0 % is high, more is critical; a P95 of exactly twice normal is nothing yet. */
const errorBands = [
  { above: 0.05, severity: 'critical' },
  { above: 0.02, severity: 'high' },
  { above: 0.01, severity: 'medium' },
] as const
const latencyBands = [
  { above: 3, severity: 'critical' },
  { above: 2, severity: 'high' },
] as const

function bandOf({ signal, now, normal }: Figure): Band | undefined {
  switch (signal) {
    case 'error-rate': {
      const band = errorBands.find(({ above }) => now > above)
      return band && { severity: band.severity, because: `5xx above ${band.above * 100} %` }
    }
    case 'p95': {
      if (normal === null || normal <= 0) return undefined
      const band = latencyBands.find(({ above }) => now / normal > above)
      return band && { severity: band.severity, because: `P95 above ${band.above} times normal` }
    }
    case 'throughput':
      return undefined
  }
}
