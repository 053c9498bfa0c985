/** `late` when it takes longer than that; it may still come about. */
export async function inTime<Result>(work: Promise<Result>, ms: number): Promise<Result | 'late'> {
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
