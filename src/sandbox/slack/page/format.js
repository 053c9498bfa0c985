const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
const dateParts = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
}
const formatters = new Map()
/** Making a formatter costs far more than using it, and every message shows a time. */
function inEnglish(date, options) {
  const key = JSON.stringify(options)
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', options)
  formatters.set(key, formatter)
  return formatter.format(date)
}

export const dateOf = (ts) => new Date(Number(ts) * 1_000)
export const clockTime = (ts) => inEnglish(dateOf(ts), time)
export const utcTime = (date) => inEnglish(date, { ...time, timeZone: 'UTC' })
export const dayOf = (ts) =>
  inEnglish(dateOf(ts), { weekday: 'long', day: 'numeric', month: 'long' })

/** `<!date^…^{date_short} at {time}|fallback>` as the reader's own clock says it. */
export function slackDate(seconds, format, fallback, now = Date.now()) {
  const date = dateOf(seconds)
  if (Number.isNaN(date.getTime())) return fallback
  return format.replaceAll(/\{(\w+)\}/g, (whole, name) => {
    if (name === 'time') return inEnglish(date, time)
    if (name === 'time_secs') return inEnglish(date, { ...time, second: '2-digit' })
    if (name === 'ago') return ago(now - date.getTime())
    const plain = name.replace('_pretty', '')
    const days = Math.round((startOfDay(date) - startOfDay(new Date(now))) / 86_400_000)
    const pretty = { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days]
    if (name.endsWith('_pretty') && pretty) return pretty
    return dateParts[plain] ? inEnglish(date, dateParts[plain]) : whole
  })
}

export function ago(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000)
  const words =
    minutes < 1
      ? 'less than a minute'
      : minutes < 60
        ? `${minutes} min`
        : minutes < 48 * 60
          ? `${Math.round(minutes / 60)} h`
          : `${Math.round(minutes / 1_440)} days`
  return milliseconds >= 0 ? `${words} ago` : `in ${words}`
}

const startOfDay = (date) => new Date(date).setHours(0, 0, 0, 0)

export const initials = (name) =>
  name
    .replace(/\(.*\)/, '')
    .trim()
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0])
    .join('')
    .toUpperCase()

/** A steady colour number for somebody, 0 to 7. */
export const tintOf = (id) =>
  [...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 8

export const percent = (share) =>
  share === null
    ? 'no data'
    : `${(share * 100).toLocaleString('en', { maximumFractionDigits: share < 0.1 ? 2 : 1 })} %`
export const milliseconds = (seconds) =>
  seconds === null ? 'no data' : `${Math.round(seconds * 1_000).toLocaleString('en')} ms`
