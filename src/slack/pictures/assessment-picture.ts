import { type Curve, unkept } from '#domain/assessment/curve.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import { clock, latency, percent, rate } from '#domain/communication/words.ts'
import { type Instant, instant } from '#domain/time.ts'
import { chart, type Line } from '#pictures/chart.ts'
import type { Draw } from '#ports/draw.ts'

export interface Picture {
  readonly png: Uint8Array
  readonly title: string
  /** For whoever cannot see it. */
  readonly alt: string
}

/** Error rate and P95 of the last hour, with the deploy and the canary marked; `undefined` where nothing was measured. */
export async function assessmentPicture(
  { service, first: asked }: AssessmentState,
  draw: Draw,
): Promise<Picture | undefined> {
  const { canary, circumstances } = asked.measured
  const { deployed: running, now } = circumstances
  const curves = (asked.curves ?? []).map(unkept)
  const drawn = curves.filter(({ points }) => points.some(({ value }) => value !== null))
  const [first] = drawn
  const [from, to] = [first?.points[0]?.at, first?.points.at(-1)?.at]
  if (from === undefined || to === undefined) return undefined
  const deploy = running && running.at >= from ? running : undefined
  const since = canary?.since ?? null
  const served = since !== null && since >= from ? since : undefined
  const svg = chart(
    drawn.map(lineOf),
    [
      ...(deploy ? [{ at: secondsOf(deploy.at), text: deploy.version }] : []),
      ...(served === undefined ? [] : [{ at: secondsOf(served), text: 'canary' }]),
    ],
    { from: secondsOf(from), to: secondsOf(to) },
    (at) => clock(instant(at * 1_000_000)).slice(0, 5),
  )
  const when = deploy ? `; ${deploy.version} went out at ${clock(deploy.at, now)}` : ''
  const beside = served === undefined ? '' : `; a canary serves since about ${clock(served, now)}`
  return {
    png: await draw(svg),
    title: `${service}: the hour before ${clock(to)}`,
    alt: `${service}, ${clock(from, now)} to ${clock(to, now)}: ${drawn.map(inWords).join('; ')}${when}${beside}.`,
  }
}

const units: Readonly<
  Record<string, { readonly title: string; readonly say: (value: number) => string }>
> = {
  'error-rate': { title: '5xx', say: percent },
  p95: { title: 'P95', say: latency },
}
const unitOf = ({ signal }: Curve) => units[signal] ?? { title: signal, say: rate }

const lineOf = (curve: Curve): Line => ({
  ...unitOf(curve),
  normal: curve.normal,
  points: curve.points.map(({ at, value }) => ({ at: secondsOf(at), value })),
})

function inWords(curve: Curve): string {
  const { title, say } = unitOf(curve)
  const values = curve.points.flatMap(({ value }) => value ?? [])
  const [first = 0, last = 0] = [values[0], values.at(-1)]
  const usual = curve.normal === null ? '' : `, normal ${say(curve.normal)}`
  return `${title} from ${say(first)} to ${say(last)}${usual}`
}

const secondsOf = (at: Instant): number => at / 1_000_000
