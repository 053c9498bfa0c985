/** What was looked up may be used this long: roles are those of the click (threats T027, T029). */
const freshMs = 10_000
const most = 5_000

/** Remembers answers for up to 10 s; asks once for what several want at the same time. Failures are not remembered. */
export function briefly<Value>(now: () => number = () => performance.now()) {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<Value> }>()
  return (key: string, ask: () => Promise<Value>): Promise<Value> => {
    const known = kept.get(key)
    if (known && now() - known.at < freshMs) return known.value
    if (kept.size > most) kept.clear()
    const value = ask()
    kept.set(key, { at: now(), value })
    value.catch(() => {
      if (kept.get(key)?.value === value) kept.delete(key)
    })
    return value
  }
}
