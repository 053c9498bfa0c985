/**
 * The last of what a program said, without what stands in somebody's rows: PostgreSQL quotes them in DETAIL and CONTEXT, and where a
 * value cannot be read (its error message guide: facts in the message, values in the detail).
 */
export const lastWords = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map(withoutRows)
    .filter((line) => line !== '')
    .slice(-5)
    .join(' · ')
    .slice(-600)

const withoutRows = (line: string): string =>
  line
    .replace(/\b(?:DETAIL|Detail|CONTEXT|Context|Where)\s*:.*$/, '')
    .replace(/\bKey \(.*$/, 'Key (…)')
    .replace(/\bFailing row contains.*$/, 'Failing row contains (…)')
    .replace(/\b(invalid input (?:syntax|value) for [^:"]*): ".*"/, '$1: "…"')
    .trim()
