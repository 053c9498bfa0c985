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

/** What is more would wait for a second or so: it is queued, for other replicas too. */
const most = 64
/** Nobody decides that much at once: what is more is queued, so that one person's presses leave room for those of others. */
const mostOfOne = 8

/**
 * Nothing can be taken up before they are opened.
 * `pressed` resolves when nothing that somebody pressed is being written down, or soon: what is in hand begins after that.
 */
export function ownHands({
  pressed = async () => undefined,
  soonMs = 50,
}: {
  readonly pressed?: () => Promise<void>
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
          const begun = await begin()
          await pressed()
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
 * an acknowledgement, and that goes first.
 */
function oneByOne(soonMs: number): () => Promise<() => void> {
  let isUnderWay = false
  const waiting: (() => void)[] = []
  return async () => {
    if (isUnderWay) await new Promise<void>((resolve) => waiting.push(resolve))
    isUnderWay = true
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
