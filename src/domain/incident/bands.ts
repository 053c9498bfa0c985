import type { Figure } from './figure.ts'
import { isWorse, type Severity } from './severity.ts'

interface Band {
  readonly severity: Severity
  readonly because: string
}

/** Above which a figure is how bad (policy §1): upper bounds belong to the lower band, 5.0 % is high and more is critical. */
export interface SeverityBands {
  /** Shares of all requests. */
  readonly errorRate: { readonly medium: number; readonly high: number; readonly critical: number }
  /** Times normal; exactly twice is nothing yet. */
  readonly p95: { readonly high: number; readonly critical: number }
}

export const defaultBands: SeverityBands = {
  errorRate: { medium: 0.01, high: 0.02, critical: 0.05 },
  p95: { high: 2, critical: 3 },
}

/** The worst band that any figure reaches; `undefined` when none reaches above `low`. A figure without its normal is compared with nothing. */
export function worstBand(
  figures: readonly Figure[],
  bands: SeverityBands = defaultBands,
): Band | undefined {
  return figures
    .flatMap((figure) => bandOf(figure, bands) ?? [])
    .reduce<Band | undefined>(
      (worst, band) => (worst && !isWorse(band.severity, worst.severity) ? worst : band),
      undefined,
    )
}

function bandOf({ signal, now, normal }: Figure, bands: SeverityBands): Band | undefined {
  switch (signal) {
    case 'error-rate': {
      const { medium, high, critical } = bands.errorRate
      const band = reached(now, { critical, high, medium })
      return band && { severity: band.severity, because: `5xx above ${percent(band.above)}` }
    }
    case 'p95': {
      if (normal === null || normal <= 0) return undefined
      const { high, critical } = bands.p95
      const band = reached(now / normal, { critical, high })
      return band && { severity: band.severity, because: `P95 above ${band.above} times normal` }
    }
    case 'throughput':
      return undefined
  }
}

/** The first limit that the value lies above, the worst first. Strict: what lies on a limit belongs to the milder side. */
export function reached(value: number, limits: Partial<Record<Severity, number>>) {
  const order = ['critical', 'high', 'medium'] as const
  return order
    .flatMap((severity) => {
      const above = limits[severity]
      return above === undefined ? [] : [{ severity, above }]
    })
    .find(({ above }) => value > above)
}

/** `0.05 * 100` is a little more than 5 in binary. */
const percent = (share: number): string => `${Number((share * 100).toPrecision(6))} %`
