/** In minutes; the first that leaves a label room to be read. */
const steps = [15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080]
const mostLabels = 9

/** Moments on the clock that are labelled, in Unix seconds. */
export function labelled({
  from,
  to,
}: {
  readonly from: number
  readonly to: number
}): readonly number[] {
  const minutes = steps.find((step) => (to - from) / (step * 60) <= mostLabels)
  const step = (minutes ?? (to - from) / 60 / mostLabels) * 60
  const first = Math.ceil(from / step) * step
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, index) => first + index * step,
  )
}

/** A round number at or above it, so that the grid reads well. */
export function roundedUp(value: number): number {
  // Below that, powers of ten run out of digits.
  if (!(value > 1e-300)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

/** Without those that would be written over one before. */
export const apart = <Thing>(
  things: readonly Thing[],
  place: (thing: Thing) => number,
  least: number,
): readonly Thing[] =>
  things.reduce<readonly Thing[]>(
    (kept, thing) =>
      kept.some((one) => Math.abs(place(one) - place(thing)) < least) ? kept : [...kept, thing],
    [],
  )

const ink = '#1d1c1d'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Control characters, halves of pairs and two that mean nothing have no place in XML, escaped or not. */
const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, ' ')
    .replace(/[&<>"]/g, (sign) => entities[sign] ?? '')

export const words = (
  x: number,
  y: number,
  text: string,
  { anchor = 'start', fill = ink, weight = 400, size = 12 } = {},
): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}" font-weight="${weight}" font-size="${size}">${escaped(text)}</text>`
