import type { IncidentId } from '#domain/ids.ts'
import type { writer, Wish } from './writer.ts'

/** How many transactions may be under way at once, and how many wishes each grants at most. */
const lanes = 2
const most = 32

interface Waiting {
  /** Tells whoever asked, as its answer. */
  readonly wish: Wish<void>
  reject(error: unknown): void
}

/**
 * Group commit: wishes that come while the lanes are busy share the next transaction. Nobody waits for company, and
 * nobody for another's lock: what cannot be granted at once, or fails together with others, is granted alone.
 */
export function grouped({ alone, together, follow }: ReturnType<typeof writer>) {
  let waiting: readonly Waiting[] = []
  const running = new Set<readonly Waiting[]>()
  /** Somebody holds their lock: whoever wants the same waits here, and not with a connection each. */
  const locked = new Set<IncidentId>()

  const next = () => {
    if (running.size === lanes) return
    const taken = new Set([...locked, ...[...running].flat().map(({ wish }) => wish.incident)])
    const group = firstOfEach(waiting.filter(({ wish }) => !taken.has(wish.incident)))
    if (group.length === 0) return
    waiting = waiting.filter((one) => !group.includes(one))
    running.add(group)
    void grant(group)
    next()
  }
  const grant = async (group: readonly Waiting[]) => {
    const [first, ...others] = group
    const followed =
      first && others.length === 0 ? await follow(first.wish).catch(() => undefined) : undefined
    const answers = followed
      ? [followed]
      : await together(group.map(({ wish }) => wish)).catch(() => [])
    running.delete(group)
    for (const [at, { wish, reject }] of group.entries()) {
      const answer = answers[at]
      if (answer) settle(answer, reject)
      else void grantAlone(wish, reject)
    }
    next()
  }
  const grantAlone = async (wish: Wish<void>, reject: (error: unknown) => void) => {
    locked.add(wish.incident)
    await alone(wish).catch(reject)
    locked.delete(wish.incident)
    next()
  }

  return <Answer>(wish: Wish<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const telling: Wish<void> = {
        ...wish,
        decide: (stream, history) => {
          const { change, answer } = wish.decide(stream, history)
          return { change, answer: (added) => resolve(answer(added)) }
        },
      }
      waiting = [...waiting, { wish: telling, reject }]
      next()
    })
}

function firstOfEach(waiting: readonly Waiting[]): readonly Waiting[] {
  const first = new Map<string, Waiting>()
  for (const one of waiting) {
    if (first.size === most) break
    if (!first.has(one.wish.incident)) first.set(one.wish.incident, one)
  }
  return [...first.values()]
}

function settle(answer: () => void, reject: (error: unknown) => void): void {
  try {
    answer()
  } catch (error) {
    reject(error)
  }
}
