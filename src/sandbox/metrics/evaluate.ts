import { overTime, type Expression } from './promql.ts'
import { type SeriesName, seriesNames, stepMs } from './series.ts'

export interface Source {
  readonly services: () => readonly string[]
  readonly sample: (
    name: SeriesName,
    service: string,
    at: number,
    track?: string,
  ) => number | undefined
  /** Nothing is known after this instant (ms). */
  readonly now: () => number
}

export interface Point {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** How long a sample counts as the present one. */
const lookbackMs = 5 * 60_000
/** Longer windows are read at every n-th sample. */
const mostSamples = 2_000

/** The instant vector of an expression at `at` (ms). */
export function evaluate(source: Source, expression: Expression, at: number): readonly Point[] {
  if (expression.kind === 'number') return [{ labels: {}, value: expression.value }]
  const { selector } = expression
  const name = seriesNames.find((one) => one === selector.name)
  if (name === undefined) return []
  return source
    .services()
    .flatMap((service) => labelsOf(name, service))
    .filter((labels) => selector.matches({ ...labels }))
    .flatMap((labels): Point[] => {
      if (expression.kind === 'selector') {
        const value = samples(source, name, labels, at - lookbackMs, at).at(-1)
        return value === undefined ? [] : [{ labels: { __name__: name, ...labels }, value }]
      }
      const values = samples(source, name, labels, at - expression.windowMs, at)
      if (values.length === 0) return []
      return [{ labels: { ...labels }, value: overTime[expression.how](values) }]
    })
}

interface Series {
  readonly service: string
  readonly track?: string
}

const labelsOf = (name: SeriesName, service: string): readonly Series[] =>
  name.startsWith('arm:')
    ? ['canary', 'stable'].map((track) => ({ service, track }))
    : [{ service }]

/** Samples in (from, to], none from the future. */
function samples(
  source: Source,
  name: SeriesName,
  { service, track }: Series,
  from: number,
  to: number,
): readonly number[] {
  const last = Math.floor(Math.min(to, source.now()) / stepMs)
  const first = Math.floor(from / stepMs) + 1
  const stride = Math.max(1, Math.ceil((last - first) / mostSamples))
  const values: number[] = []
  for (let index = first; index <= last; index += stride) {
    const value = source.sample(name, service, index * stepMs, track)
    if (value !== undefined) values.push(value)
  }
  return values
}
