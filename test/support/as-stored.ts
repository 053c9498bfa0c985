/** As the database gives it back: it keeps the names of an object in an order of its own, the short ones first. */
export function asStored<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(ordered(value)))
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => one.length - other.length || (one < other ? -1 : 1))
      .map(([name, item]) => [name, ordered(item)]),
  )
}
