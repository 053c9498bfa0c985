/** Does something about each, `most` at a time, in their order. When one throws, what has begun is waited for, and nothing more begins. */
export async function sideBySide<One>(
  most: number,
  all: readonly One[],
  work: (one: One) => Promise<void>,
): Promise<void> {
  const left = [...all]
  const hand = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      try {
        await work(one)
      } catch (error) {
        left.length = 0
        throw error
      }
  }
  const ended = await Promise.allSettled(Array.from({ length: most }, hand))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}
