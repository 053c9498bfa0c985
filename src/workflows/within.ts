/** What does not come by its deadline is given up, whether or not it can be broken off. */
export async function within<Result, Late>(
  ms: number,
  work: Promise<Result>,
  late: (why: string) => Late,
): Promise<Result | Late> {
  const over = Promise.withResolvers<Late>()
  const timer = setTimeout(() => over.resolve(late(inWords(ms))), ms)
  try {
    return await Promise.race([work, over.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Breaks off, and says after how long. */
export function deadline(ms: number): AbortSignal {
  const over = new AbortController()
  setTimeout(() => over.abort(new DOMException(inWords(ms), 'TimeoutError')), ms).unref()
  return over.signal
}

const inWords = (ms: number): string => `no answer within ${ms / 1_000} s`
