/** What a figure grows by from one look to the next: the middle of all slopes between two of them, which no single outlier moves (Theil, Sen). */
export function slope(figures: readonly number[]): number {
  const slopes = figures
    .flatMap((from, at) => figures.slice(at + 1).map((to, apart) => (to - from) / (apart + 1)))
    .toSorted((a, b) => a - b)
  const middle = Math.floor(slopes.length / 2)
  return slopes.length % 2 === 1
    ? (slopes[middle] ?? 0)
    : ((slopes[middle - 1] ?? 0) + (slopes[middle] ?? 0)) / 2
}
