import { apart, labelled, roundedUp, words } from './drawing.ts'

/** A line over time: one value a step, `null` where nothing was measured. Instants are Unix seconds. */
export interface Line {
  readonly title: string
  readonly points: readonly { readonly at: number; readonly value: number | null }[]
  /** What is usual, drawn behind the line; null when not known. */
  readonly normal: number | null
  readonly say: (value: number) => string
  /** Where a rule begins to act, drawn across and named, as far as the line comes near it. */
  readonly bounds?: readonly { readonly value: number; readonly text: string }[]
  /** Each reading is shown, where they are few; one that stands alone always is. */
  readonly dots?: true
}
export interface Mark {
  readonly at: number
  readonly text: string
}
export interface Span {
  readonly from: number
  readonly to: number
}
/** A time that is told apart from the rest: behind the lines, or as a bar below them. */
export interface Band extends Span {
  readonly fill: string
  readonly isBar?: true
}
export interface Around {
  readonly title?: string
  readonly bands?: readonly Band[]
  /** What the colours mean. */
  readonly key?: readonly { readonly fill: string; readonly text: string }[]
  /** Before the newest reading: `now`, where it is. */
  readonly newest?: string
}

const width = 800
const panel = { height: 170, left: 76, right: 24, top: 36, bottom: 26 }
const inner = {
  width: width - panel.left - panel.right,
  height: panel.height - panel.top - panel.bottom,
}
const colours = {
  soft: '#616061',
  grid: '#dcdcdc',
  line: '#c01343',
  normal: '#7bb78f',
  mark: '#1264a3',
  bound: '#b26b00',
  paper: '#ffffff',
}
/** Above the first panel and below the last one, where there is something to say. */
const margin = { title: 30, key: 30 }

/** Lines below each other over the same time, with what happened marked in all of them: an SVG of 800 points width. */
export function chart(
  lines: readonly Line[],
  marks: readonly Mark[],
  span: Span,
  clock: (at: number) => string,
  around: Around = {},
): string {
  const { title, key = [] } = around
  const top = title === undefined ? 0 : margin.title
  const bottom = top + lines.length * panel.height
  const height = bottom + (key.length > 0 ? margin.key : 0)
  const panels = lines.map(
    (line, index) =>
      `<g transform="translate(0 ${top + index * panel.height})">${drawn(line, marks, span, clock, around)}</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter" font-size="12">`,
    `<rect width="100%" height="100%" fill="${colours.paper}"/>`,
    title === undefined ? '' : words(panel.left, 24, title, { weight: 600 }),
    ...panels,
    ...key.flatMap(({ fill, text }, index) => {
      const left = panel.left + index * 175
      return [
        `<rect x="${left}" y="${bottom + 6}" width="12" height="12" fill="${fill}"/>`,
        words(left + 18, bottom + 16, text, { fill: colours.soft }),
      ]
    }),
    '</svg>',
  ].join('')
}

function drawn(
  line: Line,
  marks: readonly Mark[],
  span: Span,
  clock: (at: number) => string,
  { bands = [], newest = 'now' }: Around,
): string {
  const { points, normal, say, title, bounds = [] } = line
  const values = points.flatMap(({ value }) => value ?? [])
  const nearest = bounds.length > 0 ? Math.min(...bounds.map(({ value }) => value)) : 0
  const top = roundedUp(Math.max(...values, normal ?? 0, nearest))
  const x = (at: number) => panel.left + ((at - span.from) / (span.to - span.from)) * inner.width
  const y = (value: number) => panel.top + inner.height * (1 - Math.min(value, top) / top)
  const [left, right] = [panel.left, width - panel.right]
  const last = values.at(-1)
  const shownMarks = marks.filter(({ at }) => at >= span.from && at <= span.to)
  const across = (value: number, look: string) =>
    `<line x1="${left}" x2="${right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" ${look}/>`
  return [
    ...bands.flatMap((band) => shaded(band, span, x)),
    words(left, 20, title, { weight: 600 }),
    words(right, 20, last === undefined ? 'not measured' : `${newest} ${say(last)}`, {
      anchor: 'end',
      fill: colours.line,
      weight: 600,
    }),
    ...[0, 0.5, 1].flatMap((share) => [
      across(top * share, `stroke="${colours.grid}"`),
      words(left - 8, y(top * share) + 4, say(top * share), { anchor: 'end', fill: colours.soft }),
    ]),
    ...labelled(span).map((at) => timeLabel(x(at), clock(at))),
    normal === null ? '' : across(normal, `stroke="${colours.normal}" stroke-width="3"`),
    ...apart(
      bounds.filter(({ value }) => value <= top),
      ({ value }) => y(value),
      12,
    ).flatMap(({ value, text }) => [
      across(value, `stroke="${colours.bound}" stroke-dasharray="2 3"`),
      words(right, y(value) - 3, text, { anchor: 'end', fill: colours.bound, size: 10 }),
    ]),
    ...shownMarks.flatMap(({ at }) => [
      `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="26" y2="${panel.top + inner.height}" stroke="${colours.mark}" stroke-dasharray="4 3"/>`,
    ]),
    ...apart(shownMarks, ({ at }) => x(at), 90).map(({ at, text }) =>
      x(at) - left < 90
        ? words(x(at) + 5, 32, text, { fill: colours.mark, weight: 600 })
        : words(x(at) - 5, 32, text, { anchor: 'end', fill: colours.mark, weight: 600 }),
    ),
    `<path d="${path(points, x, y)}" fill="none" stroke="${colours.line}" stroke-width="2" stroke-linejoin="round"/>`,
    ...points.flatMap(({ at, value }, index) =>
      value === null || !(line.dots || isAlone(points, index))
        ? []
        : [
            `<circle cx="${x(at).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="${colours.line}"/>`,
          ],
    ),
  ].join('')
}

/** Below its moment, and within the drawing. */
const timeLabel = (x: number, text: string): string => {
  const isLast = x > width - text.length * 4
  return words(isLast ? width - 4 : x, panel.height - 8, text, {
    anchor: isLast ? 'end' : 'middle',
    fill: colours.soft,
  })
}

/** As much of it as lies within the span, and wide enough to be seen. */
function shaded(band: Band, span: Span, x: (at: number) => number): readonly string[] {
  const [from, to] = [Math.max(band.from, span.from), Math.min(band.to, span.to)]
  if (to < from) return []
  const bottom = panel.top + inner.height
  const [y, height] = band.isBar ? [bottom, 5] : [panel.top, inner.height]
  const width = Math.max(2, x(to) - x(from))
  return [
    `<rect x="${x(from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" fill="${band.fill}"/>`,
  ]
}

/** No line leads to it or away from it. */
const isAlone = (points: Line['points'], index: number): boolean =>
  [points[index - 1], points[index + 1]].every((beside) => (beside?.value ?? null) === null)

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
