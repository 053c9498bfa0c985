/** Far above what anybody does in an emergency, far below what a script does. */
export const usualPerMinute = 30
const windowMs = 60_000

/** Counts for each person (threat T045); `false` once they ask too often. Bounded: who is quiet for a minute is forgotten. */
export function createLimiter(perMinute: number, now: () => number = () => performance.now()) {
  const asked = new Map<string, readonly number[]>()
  return (person: string): boolean => {
    const since = now() - windowMs
    if (asked.size > 10_000)
      for (const [other, times] of asked) if ((times.at(-1) ?? 0) < since) asked.delete(other)
    const recent = (asked.get(person) ?? []).filter((at) => at > since)
    if (recent.length >= perMinute) return false
    asked.set(person, [...recent, now()])
    return true
  }
}
