import type { DeliveryId, PersonId } from '#domain/ids.ts'
import type { Hands } from '#ports/hands.ts'
import type { Membership } from './liveness.ts'

export interface OwnHands extends Hands {
  /** From now on deliveries are taken up, in the name of whoever this process is then. */
  open(present: () => Membership, carryOut: CarryOut): void
  /** None are any more. Resolves when all that were are carried out or given back. */
  close(): Promise<void>
  /** What is being carried out. */
  held(): readonly DeliveryId[]
}

/** Gives back what it cannot carry out; never throws. */
export type CarryOut = (delivery: DeliveryId, here: Membership) => Promise<void>

/** What is more would wait for seconds: it is queued, for other replicas too. */
const most = 256
/** Slack shows who presses a button for three seconds that it waits for us; what we answer then may take a little longer. In ms. */
const longestCalmMs = 2_000
/** Nobody decides that much at once: what is more is queued, so that one person's presses leave room for those of others. */
const mostOfOne = 8

/**
 * Nothing can be taken up before they are opened.
 * `calm` resolves when people do not press one thing close upon the other, or after so many milliseconds: what is in hand begins after that.
 */
export function ownHands({
  calm = async () => undefined,
  soonMs = 50,
}: {
  readonly calm?: (longestMs: number) => Promise<void>
  /** Whoever takes longer waits for somebody else, for Slack most likely, and holds up nobody. */
  readonly soonMs?: number
} = {}): OwnHands {
  /** What is in hand, and whose it is. */
  const busy = new Map<Promise<void>, PersonId | undefined>()
  const held = new Set<DeliveryId>()
  const begin = oneByOne(soonMs)
  /** What somebody pressed before is carried out before: whoever has one here may have the next one here too. */
  const hasRoom = (person: PersonId | undefined): boolean => {
    const own = [...busy.values()].filter((of) => person !== undefined && of === person).length
    return own === 0 ? busy.size < most : own < mostOfOne
  }
  let worker: { readonly present: () => Membership; readonly carryOut: CarryOut } | undefined

  return {
    free(person) {
      if (!worker || !hasRoom(person)) return undefined
      const { carryOut } = worker
      const here = worker.present()
      if (here.isOver()) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = () => {
        busy.delete(promise)
        resolve()
      }
      busy.set(promise, person)
      return {
        name: here.id,
        async take(delivery) {
          held.add(delivery)
          const latest = performance.now() + longestCalmMs
          const begun = await begin(() => calm(latest - performance.now()))
          await carryOut(delivery, here)
          begun()
          held.delete(delivery)
          end()
        },
        letGo: end,
      }
    },
    open(present, carryOut) {
      worker = { present, carryOut }
    },
    async close() {
      worker = undefined
      await Promise.all(busy.keys())
    },
    held: () => [...held],
  }
}

/**
 * Resolves when the next one may begin, with what is to be called when it has ended. One at a time: whoever presses meanwhile waits for
 * an acknowledgement, and that goes first: each is also waited for until `mayBegin`.
 */
function oneByOne(soonMs: number): (mayBegin: () => Promise<void>) => Promise<() => void> {
  let isUnderWay = false
  const waiting: (() => void)[] = []
  return async (mayBegin) => {
    if (isUnderWay) await new Promise<void>((resolve) => waiting.push(resolve))
    isUnderWay = true
    await mayBegin()
    let isOver = false
    const over = () => {
      clearTimeout(timer)
      if (isOver) return
      isOver = true
      const next = waiting.shift()
      if (next) next()
      else isUnderWay = false
    }
    const timer = setTimeout(over, soonMs)
    return over
  }
}
