import { clock, percent } from '#domain/communication/words.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { type Instant, instant } from '#domain/time.ts'
import { chart, type Line } from '#pictures/chart.ts'
import type { Draw } from '#ports/draw.ts'
import type { Picture } from './assessment-picture.ts'

/** The errors of the canary above those of the version beside it, over the same time; `undefined` where nothing was counted. */
export async function promotionPicture(
  { service, look, versions }: PromotionState,
  draw: Draw,
): Promise<Picture | undefined> {
  const curve = look?.figures.curve ?? []
  const [first, last] = [curve[0], curve.at(-1)]
  if (!first || !last || curve.every(({ canary }) => canary === null)) return undefined
  const arms = [
    { of: 'canary', title: `5xx of ${versions?.canary?.name ?? 'the canary'}` },
    { of: 'baseline', title: `5xx of ${versions?.stable.name ?? 'what runs beside it'}` },
  ] as const
  const lines = arms.map(({ of, title }): Line => {
    const points = curve.map((point) => ({ at: secondsOf(point.at), value: point[of] }))
    return { title, points, normal: null, say: percent }
  })
  const svg = chart(lines, [], { from: secondsOf(first.at), to: secondsOf(last.at) }, (at) =>
    clock(instant(at * 1_000_000)).slice(0, 5),
  )
  return {
    png: await draw(svg),
    title: `${service}: the canary against what runs beside it, until ${clock(last.at)}`,
    alt: `${service}, ${clock(first.at)} to ${clock(last.at)}: ${lines.map(inWords).join('; ')}.`,
  }
}

function inWords({ title, points }: Line): string {
  const values = points.flatMap(({ value }) => value ?? [])
  return `${title} from ${percent(values[0] ?? 0)} to ${percent(values.at(-1) ?? 0)}`
}

const secondsOf = (at: Instant): number => at / 1_000_000
