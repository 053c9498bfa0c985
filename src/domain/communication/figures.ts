import type { Figure } from '#domain/incident/figure.ts'
import { normalOfWords } from '#domain/incident/normal.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import { latency, percent, rate } from './words.ts'

/** `5xx 6.2 % (normal 0.1 %)`: the worst first, with what is normal beside it. */
export function figuresText({ figures, unmeasured, isMeasured }: IncidentState): string {
  const measured = figures.map(figureText)
  if (measured.length > 0) return measured.join(', ')
  return isMeasured
    ? `impact not measured: ${unmeasuredText(unmeasured)}`
    : 'impact not measured yet'
}

/** `no data for 5xx, P95`: signals that are missing for the same reason stand together. */
export function unmeasuredText(unmeasured: readonly string[]): string {
  if (unmeasured.length === 0) return 'no metrics are configured for it'
  const pairs = unmeasured.map((line) => {
    const [signal = '', ...why] = line.split(': ')
    return { signal: labels[signal] ?? signal, why: why.join(': ') || 'no answer' }
  })
  const groups = Map.groupBy(pairs, ({ why }) => why)
  return [...groups]
    .map(([why, all]) => `${why} for ${all.map(({ signal }) => signal).join(', ')}`)
    .join('; ')
}

const labels: Readonly<Record<string, string>> = {
  'error-rate': '5xx',
  p95: 'P95',
  throughput: 'requests',
}

export function figureText(figure: Figure): string {
  const { signal, now, normal } = figure
  switch (signal) {
    case 'error-rate':
      return `5xx ${percent(now)} (${compared(percent, figure)})`
    case 'p95':
      return `P95 ${latency(now)} (${compared(latency, figure)}${times(now, normal)})`
    case 'throughput':
      return `${rate(now)} (${compared(rate, figure)})`
  }
}

const compared = (
  unit: (value: number) => string,
  { normal, normalOf = 'hour-before' }: Figure,
): string =>
  normal === null ? 'normal unknown' : `normal ${unit(normal)}${normalOfWords[normalOf]}`

function times(now: number, normal: number | null): string {
  if (normal === null || normal <= 0) return ''
  const ratio = now / normal
  return ratio >= 1.2 ? `, ×${ratio.toFixed(1)}` : ''
}
