/** Up to three of `names` that look like `typed`, closest first; offered, never picked for anybody. At least half must be right. */
export function nearest(names: Iterable<string>, typed: string): readonly string[] {
  const wanted = typed.toLowerCase()
  const most = Math.min(wanted.length / 2, 2 + wanted.length / 4)
  return [...names]
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= most || name.includes(wanted))
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein's: insertions, deletions and replacements that turn one into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1]
    for (let column = 0; column < b.length; column += 1)
      next.push(
        Math.min(
          (row[column] ?? 0) + (letter === b[column] ? 0 : 1),
          (row[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}
