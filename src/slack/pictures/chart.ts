/** A line over time: one value a step, `null` where nothing was measured. Instants are Unix seconds. */
export interface Line {
  readonly title: string
  readonly points: readonly { readonly at: number; readonly value: number | null }[]
  /** What is usual, drawn behind the line; null when not known. */
  readonly normal: number | null
  readonly say: (value: number) => string
}
export interface Mark {
  readonly at: number
  readonly text: string
}
export interface Span {
  readonly from: number
  readonly to: number
}

const width = 800
const panel = { height: 170, left: 76, right: 24, top: 36, bottom: 26 }
const inner = {
  width: width - panel.left - panel.right,
  height: panel.height - panel.top - panel.bottom,
}
const colours = {
  ink: '#1d1c1d',
  soft: '#616061',
  grid: '#dcdcdc',
  line: '#c01343',
  normal: '#7bb78f',
  mark: '#1264a3',
  paper: '#ffffff',
}
const quarter = 15 * 60

/** Lines below each other over the same time, with what happened marked in all of them: an SVG of 800 points width. */
export function chart(
  lines: readonly Line[],
  marks: readonly Mark[],
  span: Span,
  clock: (at: number) => string,
): string {
  const height = lines.length * panel.height
  const panels = lines.map(
    (line, index) =>
      `<g transform="translate(0 ${index * panel.height})">${drawn(line, marks, span, clock)}</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter" font-size="12">`,
    `<rect width="100%" height="100%" fill="${colours.paper}"/>`,
    ...panels,
    '</svg>',
  ].join('')
}

function drawn(
  line: Line,
  marks: readonly Mark[],
  span: Span,
  clock: (at: number) => string,
): string {
  const { points, normal, say, title } = line
  const values = points.flatMap(({ value }) => value ?? [])
  const top = roundedUp(Math.max(...values, normal ?? 0))
  const x = (at: number) => panel.left + ((at - span.from) / (span.to - span.from)) * inner.width
  const y = (value: number) => panel.top + inner.height * (1 - Math.min(value, top) / top)
  const [left, right] = [panel.left, width - panel.right]
  const last = values.at(-1)
  const across = (value: number, look: string) =>
    `<line x1="${left}" x2="${right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" ${look}/>`
  return [
    words(left, 20, title, { weight: 600 }),
    words(right, 20, last === undefined ? 'not measured' : `now ${say(last)}`, {
      anchor: 'end',
      fill: colours.line,
      weight: 600,
    }),
    ...[0, 0.5, 1].flatMap((share) => [
      across(top * share, `stroke="${colours.grid}"`),
      words(left - 8, y(top * share) + 4, say(top * share), { anchor: 'end', fill: colours.soft }),
    ]),
    ...quarters(span).map((at) =>
      words(x(at), panel.height - 8, clock(at), { anchor: 'middle', fill: colours.soft }),
    ),
    normal === null ? '' : across(normal, `stroke="${colours.normal}" stroke-width="3"`),
    ...marks
      .filter(({ at }) => at >= span.from && at <= span.to)
      .flatMap(({ at, text }) => [
        `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="26" y2="${panel.top + inner.height}" stroke="${colours.mark}" stroke-dasharray="4 3"/>`,
        words(x(at) - 5, 32, text, { anchor: 'end', fill: colours.mark, weight: 600 }),
      ]),
    `<path d="${path(points, x, y)}" fill="none" stroke="${colours.line}" stroke-width="2" stroke-linejoin="round"/>`,
  ].join('')
}

/** Where nothing was measured the line stops, and goes on where something was. */
function path(
  points: Line['points'],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  return points
    .map(({ at, value }, index) => {
      if (value === null) return ''
      const before = points[index - 1]
      const pen = before === undefined || before.value === null ? 'M' : 'L'
      return `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    })
    .join('')
}

const quarters = ({ from, to }: Span): readonly number[] => {
  const first = Math.ceil(from / quarter) * quarter
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / quarter) + 1) },
    (_, index) => first + index * quarter,
  )
}

/** A round number at or above it, so that the grid reads well. */
function roundedUp(value: number): number {
  // Below that, powers of ten run out of digits.
  if (!(value > 1e-300)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Control characters have no place in XML, escaped or not. */
const escaped = (text: string): string =>
  text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, (sign) => entities[sign] ?? '')

const words = (
  x: number,
  y: number,
  text: string,
  { anchor = 'start', fill = colours.ink, weight = 400 } = {},
): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}" font-weight="${weight}">${escaped(text)}</text>`
