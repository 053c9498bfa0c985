import { html } from './html.js'

const width = 120
const height = 28

/** The last two minutes as a line; gaps where there was no data. `ceiling` keeps calm values flat. */
export function Sparkline({ values, ceiling, label, isBad }) {
  const known = values.filter((value) => value !== null)
  const top = Math.max(ceiling, ...known) * 1.1
  const step = width / Math.max(values.length - 1, 1)
  const paths = []
  let path = ''
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (path) paths.push(path)
      path = ''
      continue
    }
    const point = `${(index * step).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`
    path = path === '' ? `M${point}` : `${path}L${point}`
  }
  if (path) paths.push(path)
  return html`<svg
    class=${isBad ? 'spark bad' : 'spark'}
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${label}
  >
    <path d="M0,${height - 2}H${width}" class="base" />
    ${paths.map((d) => html`<path d=${d} />`)}
  </svg>`
}
