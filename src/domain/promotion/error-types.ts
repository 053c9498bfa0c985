/** Lines that tell of an error, without what differs from one occurrence to the next: ids, numbers, addresses, quoted values. */
export function errorTypes(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split('\n')
      .filter((line) => isError.test(line))
      .map(typeOf)
      .filter((type) => type !== ''),
  )
}

/** Of what only the canary writes, at most so many. */
export const newTypes = (
  canary: ReadonlySet<string>,
  baseline: ReadonlySet<string>,
  most = 5,
): readonly string[] => [...canary].filter((type) => !baseline.has(type)).slice(0, most)

const isError = /\b(error|exception|fatal|panic|traceback|critical)\b|[a-z](Error|Exception)\b/i

/** The name of the error where the line has one, else its words. */
function typeOf(line: string): string {
  const named = /\b([A-Z][A-Za-z0-9_.]*(?:Error|Exception))\b/.exec(line)?.[1]
  if (named !== undefined) return named
  return line
    .replace(/^\S*\d{4}-\d\d-\d\d[T ]\S+\s*/, '')
    .replace(/"[^"]*"|'[^']*'/g, '…')
    .replace(/\b[0-9a-f]{8,}\b/gi, '…')
    .replace(/\d+/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 120)
}
