import type { Progress } from '#ports/executor.ts'

/** A look that fails while nobody waits for it is no fault yet: whoever waits next hears of it. */
export function nextLook(looks: AsyncIterator<Progress>): Promise<IteratorResult<Progress>> {
  const next = looks.next()
  next.catch(() => undefined)
  return next
}
