/** How many statements may be under way at once, and how many each takes at most. */
const lanes = 2
const most = 32

interface Waiting<Item, Answer> {
  readonly item: Item
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/**
 * What comes while the lanes are busy shares the next statement, and so its one wait for the disk. Nobody waits for company, and
 * nobody fails for another's sake: what fails together is tried alone.
 */
export function together<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  let waiting: readonly Waiting<Item, Answer>[] = []
  let running = 0

  const next = () => {
    if (running === lanes || waiting.length === 0) return
    const group = waiting.slice(0, most)
    waiting = waiting.slice(most)
    running += 1
    void grant(group).finally(() => {
      running -= 1
      next()
    })
    next()
  }
  const grant = async (group: readonly Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await run(group.map(({ item }) => item))
      for (const [at, { resolve }] of group.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      else await Promise.all(group.map((one) => grant([one])))
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting = [...waiting, { item, resolve, reject }]
      next()
    })
}
